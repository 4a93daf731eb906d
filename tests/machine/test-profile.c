/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/machine/profile.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>

static const char good[] = "# a comment\n"
                           "profile p \"A title # not a comment\"\r\n"
                           "\n"
                           "clock 2000000 Hz V \"source\" # why\n"
                           "cost\ta.b 12 cycles M \"from there\"\n"
                           "cost c 4294967295 cycles D \"sum\"";

static enum vt_err parse(const char *text, struct vt_profile **profile,
                         struct vt_error *err)
{
    err->text[0] = '\0';
    return vt_profile_parse(text, strlen(text), "f", profile, err);
}

static void good_text_is_read(void)
{
    struct vt_error err;
    struct vt_profile *p;
    CU_ASSERT_EQUAL_FATAL(parse(good, &p, &err), VT_OK);
    CU_ASSERT_STRING_EQUAL(p->name, "p");
    CU_ASSERT_STRING_EQUAL(p->title, "A title # not a comment");
    CU_ASSERT_EQUAL(p->hz, 2000000);
    CU_ASSERT_EQUAL(p->cost_count, 2);
    CU_ASSERT_EQUAL(vt_profile_cost(p, "a.b", 1), 12);
    CU_ASSERT_EQUAL(vt_profile_cost(p, "c", 1), 4294967295u);
    CU_ASSERT_EQUAL(vt_profile_cost(p, "nothing", 77), 77);
    const struct vt_cost *row = vt_profile_find(p, "a.b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(row);
    CU_ASSERT_EQUAL(row->sure, 'M');
    CU_ASSERT_EQUAL(row->line, 5);
    CU_ASSERT_STRING_EQUAL(row->source, "from there");
    vt_profile_free(p);
}

/* The rest of a file that is whole but for one line. */
#define HEAD "profile p \"t\"\nclock 1000000 Hz A \"s\"\n"

static void bad_text_is_told_with_line_and_word(void)
{
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"", "f:0: the file ends without a row: \"profile\""},
        {"profile p \"t\"\n", "f:1: the file ends without a row: \"clock\""},
        {HEAD HEAD, "f:3: a second profile row: \"profile\""},
        {HEAD "clock 1000000 Hz A \"s\"", "f:3: a second clock row: \"clock\""},
        {HEAD "price a 1 cycles A \"s\"",
         "f:3: a row starts with profile, clock or cost, not with: "
         "\"price\""},
        {HEAD "cost", "f:3: a key should follow: \"cost\""},
        {HEAD "cost a", "f:3: a number, its unit, a letter and a source "
                        "should follow: \"a\""},
        {HEAD "cost a 1 cycles A \"s\" x y",
         "f:3: too many words after: \"s\""},
        {HEAD "cost a 1x cycles A \"s\"",
         "f:3: not a decimal number: \"1x\""},
        {HEAD "cost a -1 cycles A \"s\"",
         "f:3: not a decimal number: \"-1\""},
        {HEAD "cost a 4294967296 cycles A \"s\"",
         "f:3: the number is too large: \"4294967296\""},
        {HEAD "cost a 99999999999999999999999 cycles A \"s\"",
         "f:3: the number is too large: \"99999999999999999999999\""},
        {HEAD "cost a \"\" cycles A \"s\"", "f:3: a number is missing: \"\""},
        {HEAD "cost a 1 Hz A \"s\"", "f:3: the wrong unit: \"Hz\""},
        {HEAD "cost a 1 cycles X \"s\"",
         "f:3: not one of the letters V, M, D, A: \"X\""},
        {HEAD "cost a 1 cycles \"\" \"s\"",
         "f:3: not one of the letters V, M, D, A: \"\""},
        {HEAD "cost a 1 cycles A \"\"", "f:3: an empty text: \"\""},
        {HEAD "cost a 1 cycles A \"s", "f:3: no quote ends the text: \"s\""},
        {HEAD "cost a 1 cycles A s\"x\"",
         "f:3: a quote inside a word: \"s\""},
        {HEAD "cost a 1 cycles A \"s\"\n\ncost a 2 cycles A \"s\"",
         "f:5: this key has a row already: \"a\""},
        {"profile p \"t\"\nclock 999999 Hz A \"s\"",
         "f:2: the number is too small: \"999999\""},
        {"profile p \"t\"\nclock 1000000000001 Hz A \"s\"",
         "f:2: the number is too large: \"1000000000001\""},
        {"profile p \"t\"\nclock 1000000 MHz A \"s\"",
         "f:2: the wrong unit: \"MHz\""},
        {"profile p", "f:1: a name and a title should follow: \"profile\""},
        {"profile a_name_that_is_longer_than_forty_characters_x \"t\"",
         "f:1: this text is too long: "
         "\"a_name_that_is_longer_than_forty_characters_x\""},
        {"\001\377\n", "f:1: a row starts with profile, clock or cost, not "
                       "with: \"??\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct vt_error err;
        struct vt_profile *p;
        CU_ASSERT_EQUAL(parse(bad[i].text, &p, &err), VT_ERR_INPUT);
        CU_ASSERT_PTR_NULL(p);
        if (strcmp(err.text, bad[i].want) != 0)
            printf("row %zu: got  %s\n        want %s\n", i, err.text,
                   bad[i].want);
        CU_ASSERT_STRING_EQUAL(err.text, bad[i].want);
    }
}

static void every_cut_is_survived(void)
{
    for (size_t bytes = 0; bytes < strlen(good); bytes++) {
        struct vt_error err;
        struct vt_profile *p;
        char *copy = vt_alloc(bytes ? bytes : 1, 1);
        memcpy(copy, good, bytes); /* so that ASan sees the end */
        if (vt_profile_parse(copy, bytes, "f", &p, &err) == VT_OK)
            vt_profile_free(p);
        else
            CU_ASSERT_PTR_NULL(strchr(err.text, '\n'));
        free(copy);
    }
    char word[600];
    memset(word, 'w', sizeof word);
    struct vt_error err;
    struct vt_profile *p;
    CU_ASSERT_EQUAL(vt_profile_parse(word, sizeof word, "f", &p, &err),
                    VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "f:1: this word is too long"));
}

static const char *const all_keys[] = {
#define X(id, key, fallback, what) key,
#include "sim/ia32/cost.def"
#undef X
};

static void built_in_profiles_price_every_key(void)
{
    const char *name;
    unsigned count = 0;
    while (vt_profile_builtin(count, &name)) {
        struct vt_error err;
        struct vt_profile *p;
        CU_ASSERT_EQUAL_FATAL(vt_profile_open(name, &p, &err), VT_OK);
        CU_ASSERT_STRING_EQUAL(p->name, name);
        CU_ASSERT_EQUAL(p->cost_count, ARRAY_SIZE(all_keys));
        for (size_t i = 0; i < ARRAY_SIZE(all_keys); i++)
            CU_ASSERT_PTR_NOT_NULL(vt_profile_find(p, all_keys[i]));
        CU_ASSERT_EQUAL(vt_profile_check_keys(p, all_keys,
                                              ARRAY_SIZE(all_keys), &err),
                        VT_OK);
        vt_profile_free(p);
        count++;
    }
    CU_ASSERT_EQUAL(count, 3);
}

static void unknown_keys_are_refused(void)
{
    struct vt_error err;
    struct vt_profile *p;
    CU_ASSERT_EQUAL_FATAL(
        parse(HEAD "cost vm.exit 1 cycles A \"s\"\n"
                   "cost vm.exti 1 cycles A \"s\"\n", &p, &err),
        VT_OK);
    CU_ASSERT_EQUAL(
        vt_profile_check_keys(p, all_keys, ARRAY_SIZE(all_keys), &err),
        VT_ERR_INPUT);
    CU_ASSERT_STRING_EQUAL(err.text,
                           "f:4: nothing has a price called: \"vm.exti\"");
    vt_profile_free(p);
}

static uint64_t price(const struct vt_profile *p, const char *key)
{
    return vt_profile_cost(p, key, UINT64_MAX);
}

static void the_crc_tells_prices_apart(void)
{
#define HEAD "profile p \"t\"\nclock 1000000 Hz A \"s\"\n"
    static const struct {
        const char *text;
        bool same; /* as the first */
    } rows[] = {
        {HEAD "cost a 1 cycles A \"s\"\ncost b 2 cycles A \"s\"\n", true},
        {HEAD "# words\ncost a 1 cycles V \"x\"\ncost b 2 cycles A \"s\"\n",
         true},
        {HEAD "cost a 1 cycles A \"s\"\ncost b 3 cycles A \"s\"\n", false},
        {HEAD "cost a 1 cycles A \"s\"\ncost c 2 cycles A \"s\"\n", false},
        {HEAD "cost a 1 cycles A \"s\"\n", false},
        {HEAD, false},
    };
#undef HEAD
    uint32_t first = 0;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vt_error err;
        struct vt_profile *p;
        CU_ASSERT_EQUAL_FATAL(vt_profile_parse(rows[i].text,
                                               strlen(rows[i].text), "rows",
                                               &p, &err),
                              VT_OK);
        if (i == 0)
            first = vt_profile_crc(p);
        CU_ASSERT_EQUAL(vt_profile_crc(p) == first, rows[i].same);
        vt_profile_free(p);
    }
}

static void transitions_cost_the_published_round_trip(void)
{
    static const struct {
        const char *name;
        uint64_t round_trip, vmread, vmwrite;
    } published[] = {{"prescott", 3963, 178, 171}, {"merom", 1579, 52, 44}};
    for (size_t i = 0; i < ARRAY_SIZE(published); i++) {
        struct vt_error err;
        struct vt_profile *p;
        CU_ASSERT_EQUAL_FATAL(
            vt_profile_open(published[i].name, &p, &err), VT_OK);
        /* Exit and resume, and the refills both flushes cause: the page of
         * the VMM and that of the guest, two levels each. */
        uint64_t bare = price(p, "vm.exit") + price(p, "vm.entry");
        uint64_t paged = bare + 4 * price(p, "walk.level");
        CU_ASSERT_EQUAL(bare, published[i].round_trip);
        CU_ASSERT_TRUE(paged <= published[i].round_trip * 11 / 10);
        CU_ASSERT_EQUAL(price(p, "insn.vmread"), published[i].vmread);
        CU_ASSERT_EQUAL(price(p, "insn.vmwrite"), published[i].vmwrite);
        vt_profile_free(p);
    }
}

static void files_are_read_or_named(void)
{
    struct vt_error err;
    struct vt_profile *p;
    CU_ASSERT_EQUAL(vt_profile_open("no/such.profile", &p, &err),
                    VT_ERR_INPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no/such.profile"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "unit, prescott, merom"));
    CU_ASSERT_EQUAL(vt_profile_open("/", &p, &err), VT_ERR_INPUT);
    FILE *file = fopen("test-profile.tmp", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(good, file);
    fclose(file);
    CU_ASSERT_EQUAL(vt_profile_open("test-profile.tmp", &p, &err), VT_OK);
    CU_ASSERT_EQUAL(p->cost_count, 2);
    vt_profile_free(p);
    remove("test-profile.tmp");
}

static const struct test_case cases[] = {
    {"a good text is read", good_text_is_read},
    {"a bad text gives one line with file, line and word",
     bad_text_is_told_with_line_and_word},
    {"a text cut at any byte is survived", every_cut_is_survived},
    {"built-in profiles price every key of cost.def and no other",
     built_in_profiles_price_every_key},
    {"a misspelt key is refused", unknown_keys_are_refused},
    {"profiles with other prices have another CRC",
     the_crc_tells_prices_apart},
    {"transitions cost the published round trip",
     transitions_cost_the_published_round_trip},
    {"a profile is a built-in name or a file", files_are_read_or_named},
};

int main(void)
{
    return run_suite("profile", cases, ARRAY_SIZE(cases));
}
