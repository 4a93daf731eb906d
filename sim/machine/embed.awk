# SPDX-License-Identifier: GPL-3.0-or-later
# Turn text files into C: awk -f embed.awk a.profile b.profile >profiles.c
# Each file becomes  const char vt_profile_text_NAME[].  Characters are
# written one by one because C compilers need not take string literals over
# 4095 characters.
BEGIN {
    print "/* Made by sim/machine/embed.awk; do not edit. */"
    print "#include \"sim/machine/profiles.h\""
}

FNR == 1 {
    if (is_open)
        print "0};"
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\..*/, "", name)
    print "const char vt_profile_text_" name "[] = {"
    is_open = 1
}

{
    for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (c == "\\" || c == "'")
            c = "\\" c
        printf "'%s',", c
    }
    print "'\\n',"
}

END {
    if (is_open)
        print "0};"
}
