/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a case that differs, and of all of them. */
#include "tests/silicon/run.h"

#include <inttypes.h>
#include <stdio.h>

static void say_state(const char *name, const struct sil_case *c,
                      const struct sil_state *s)
{
    printf("  %-9s rip %" PRIx64 " flags %" PRIx64 "\n", name, s->rip,
           s->rflags);
    for (unsigned i = 0; i < (c->mode == 64 ? 16u : 8u); i += 4)
        printf("            %016" PRIx64 " %016" PRIx64 " %016" PRIx64
               " %016" PRIx64 "\n", s->gpr[i], s->gpr[i + 1], s->gpr[i + 2],
               s->gpr[i + 3]);
}

static void say_fx(const struct sil_state *s)
{
    printf("            fcw %02x%02x fsw %02x%02x tags %02x mxcsr %02x%02x\n",
           s->fx[1], s->fx[0], s->fx[3], s->fx[2], s->fx[4], s->fx[25],
           s->fx[24]);
    for (unsigned i = 0; i < 8; i++) {
        printf("            st%u ", i);
        for (int b = 9; b >= 0; b--)
            printf("%02x", s->fx[32 + 16 * i + (unsigned)b]);
        printf("  xmm%u ", i);
        for (int b = 15; b >= 0; b--)
            printf("%02x", s->fx[160 + 16 * i + (unsigned)b]);
        putchar('\n');
    }
}

static void say_case(const struct run *run, unsigned m, uint64_t number,
                     const struct sil_case *c, const char *why)
{
    char text[96] = "";
    unsigned length;
    printf("%s, mode %s: %s\n  bytes    ", ia32_rows[c->row].id,
           mode_names[m], why);
    for (unsigned i = 0; i < c->length; i++)
        printf(" %02x", c->bytes[i]);
    if (!c->undefined &&
        ia32_disassemble(c->bytes, 15, sil_sim_mode_bits(run->sim[m]),
                         c->before.rip, text, sizeof text, &length))
        printf("  %s", text);
    printf("\n  again with --seed %" PRIu64 "%s%s --case %" PRIu64 "%s%s\n",
           run->seed, run->wanted_mode < 0 ? "" : " --mode ",
           run->wanted_mode < 0 ? "" : mode_names[m], number,
           run->wanted_rows ? " --rows " : "",
           run->wanted_rows ? run->wanted_rows : "");
}

/* The legacy part's first 32 bytes, and XSAVE's header. */
static void say_image(const struct sil_case *c)
{
    static const unsigned from[] = { 0, 512 };
    for (unsigned i = 0; i < 2; i++) {
        printf("  image at %" PRIx64 " + %u:", c->image_la, from[i]);
        for (unsigned b = 0; b < 32; b++)
            printf(" %02x", c->image[from[i] + b]);
        putchar('\n');
    }
}

void say(const struct run *run, unsigned m, uint64_t number,
         const struct sil_case *c, const struct sil_outcome *here,
         const struct sil_outcome *there, const char *why)
{
    bool fx = (ia32_rows[c->row].checks & (CHK_FPU | CHK_MMX | CHK_SSE)) ||
              run->only_case >= 0;
    say_case(run, m, number, c, why);
    if (c->target)
        printf("  operand at %" PRIx64 "\n", c->target);
    for (unsigned i = 0; i < c->pokes && i < 2; i++) {
        printf("  memory at %" PRIx64 ":", c->poke[i].la);
        for (unsigned b = 0; b < c->poke[i].length && b < 32; b++)
            printf(" %02x", c->poke[i].bytes[b]);
        putchar('\n');
    }
    if (c->image_length)
        say_image(c);
    say_state("before", c, &c->before);
    if (fx)
        say_fx(&c->before);
    say_state("simulator", c, &here->after);
    if (fx)
        say_fx(&here->after);
    say_state("host", c, &there->after);
    if (fx)
        say_fx(&there->after);
}

/* Rows that should have had cases and had none. */
unsigned count_missed(const struct run *run, bool name_them,
                      unsigned *covered)
{
    unsigned missed = 0;
    *covered = 0;
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned i = 0; i < run->row_count[m]; i++) {
            const struct ia32_row *row = run->row[m][i];
            const struct row_counts *c = &run->counts[m][row - ia32_rows];
            if (exists(run, row, m) ? c->defined : c->cases) {
                ++*covered;
            } else {
                if (name_them)
                    printf("%s, mode %s: no case\n", row->id,
                           mode_names[m]);
                missed++;
            }
        }
    return missed;
}

unsigned count_unjudged(const struct run *run)
{
    unsigned unjudged = 0;
    for (unsigned m = 0; m < MODES; m++)
        for (unsigned i = 0; i < IA32_ROW_COUNT && run->sim[m]; i++)
            unjudged += exists(run, &ia32_rows[i], m) &&
                        sil_no_judge(&ia32_rows[i], mode_of[m], &run->host);
    return unjudged;
}

void say_rows(const struct run *run)
{
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++)
        for (unsigned m = 0; m < MODES; m++) {
            const struct row_counts *c = &run->counts[m][i];
            if (c->differ)
                printf("%-24s %-6s %9u cases %9u faults %7u differ\n",
                       ia32_rows[i].id, mode_names[m], c->cases, c->faults,
                       c->differ);
        }
}

/* Cases of each row and mode, faults among them, differences; "-" where the
 * row does not exist, "?" where the host cannot judge it. */
bool write_counts(const struct run *run)
{
    FILE *f = fopen(run->counts_file, "w");
    if (!f)
        return false;
    fprintf(f, "%-24s %20s %20s %20s  (cases/faults/differ)\n", "row",
            mode_names[0], mode_names[1], mode_names[2]);
    for (unsigned i = 0; i < IA32_ROW_COUNT; i++) {
        fprintf(f, "%-24s", ia32_rows[i].id);
        for (unsigned m = 0; m < MODES; m++) {
            const struct row_counts *c = &run->counts[m][i];
            char text[48] = "-";
            if (c->cases)
                snprintf(text, sizeof text, "%" PRIu32 "/%" PRIu32 "/%" PRIu32,
                         c->cases, c->faults, c->differ);
            else if (run->sim[m] && exists(run, &ia32_rows[i], m))
                strcpy(text, "?");
            fprintf(f, " %20s", text);
        }
        fputc('\n', f);
    }
    return fclose(f) == 0;
}
