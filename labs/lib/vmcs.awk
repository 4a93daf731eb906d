# SPDX-License-Identifier: MIT
# Make vmcs.h from the simulator's tables:
#   awk -f vmcs.awk fields.def controls.def reasons.def >vmcs.h
# Only the first line of a row X(...) matters here.

function constant(name, value)
{
    printf "#define %-37s %s\n", name, value
}

BEGIN {
    print "/* SPDX-License-Identifier: MIT */"
    print "/* Made from the tables of the simulator; do not edit. */"
    print "#ifndef LAB_VMCS_H"
    print "#define LAB_VMCS_H"
}

FNR == 1 {
    file++
    if (file == 1)
        print "\n/* Encodings of the VMCS fields. */"
    else if (file == 2)
        print "\n/* Bits of the controls: pin, processor, VM exit, VM entry. */"
    else
        print "\n/* Basic exit reasons. */"
}

/^X\(/ {
    split(substr($0, 3), part, / *, */)
    if (file == 1)
        constant("VMCS_" part[1], part[2] "u")
    else if (file == 2)
        constant("VMX_" part[1], "(1u << " part[3] ")  /* " part[2] " */")
    else {
        constant("VMX_EXIT_" part[2], part[1] "u")
        match($0, /"[^"]*"/)
        names = names sprintf("    case %2d: return %s;\n", part[1],
                              substr($0, RSTART, RLENGTH))
        count = part[1] + 1
    }
}

END {
    constant("VMX_EXIT_COUNT", count "u")
    print "\n/* The manual's name of an exit reason. */"
    print "static inline const char *vmx_exit_name(unsigned reason)"
    print "{"
    print "    switch (reason) {"
    printf "%s", names
    print "    default: return \"?\";"
    print "    }"
    print "}"
    print "\n#endif"
}
