/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference cycle counts: what small programs cost under each profile, to
 * the cycle, and how the accounts share it.  A change of the engine (blocks,
 * dispatch, TLBs, string instructions) keeps every number, in every way of
 * running; a change of the model that moves one says why.
 *
 * The programs run in flat 32-bit mode with paging on, from 1000H; data from
 * 20000H.  Descriptors, gates and page tables are made below. */
#include "tests/ia32/rig.h"

#define CODE 0x1000u
#define GDT 0x500u
#define IDT 0x600u
#define HANDLERS 0x4000u
#define TSS 0x4800u
#define STACK 0x7000u

static const uint8_t integer[] = {
    0xb9, 0xd0, 0x07, 0x00, 0x00,              /* 1000 mov $0x7d0,%ecx */
    0xb8, 0x15, 0xcd, 0x5b, 0x07,              /* 1005 mov $0x75bcd15,%eax */
    0x89, 0xc2,                                /* 100a mov %eax,%edx */
    0xc1, 0xe2, 0x0d,                          /* 100c shl $0xd,%edx */
    0x31, 0xd0,                                /* 100f xor %edx,%eax */
    0xc1, 0xc8, 0x07,                          /* 1011 ror $0x7,%eax */
    0x01, 0xc6,                                /* 1014 add %eax,%esi */
    0x83, 0xd3, 0x00,                          /* 1016 adc $0x0,%ebx */
    0x6b, 0xfe, 0x4d,                          /* 1019 imul $0x4d,%esi,%edi */
    0xa8, 0x01,                                /* 101c test $0x1,%al */
    0x74, 0x16,                                /* 101e je 1036 */
    0x8d, 0x7c, 0x87, 0x07,                    /* 1020 lea 0x7(%edi,%eax,4),%edi */
    0xbd, 0x61, 0x00, 0x00, 0x00,              /* 1024 mov $0x61,%ebp */
    0x89, 0xc2,                                /* 1029 mov %eax,%edx */
    0xc1, 0xea, 0x10,                          /* 102b shr $0x10,%edx */
    0x50,                                      /* 102e push %eax */
    0x0f, 0xb7, 0xc2,                          /* 102f movzwl %dx,%eax */
    0x99,                                      /* 1032 cltd */
    0xf7, 0xf5,                                /* 1033 div %ebp */
    0x58,                                      /* 1035 pop %eax */
    0x0f, 0x92, 0xc2,                          /* 1036 setb %dl */
    0x0f, 0x44, 0xfe,                          /* 1039 cmove %esi,%edi */
    0x49,                                      /* 103c dec %ecx */
    0x75, 0xcb,                                /* 103d jne 100a */
    0xf4,                                      /* 103f hlt */
};

static const uint8_t memory[] = {
    0xbd, 0x14, 0x00, 0x00, 0x00,              /* 1000 mov $0x14,%ebp */
    0xbe, 0x00, 0x00, 0x02, 0x00,              /* 1005 mov $0x20000,%esi */
    0xb9, 0x00, 0x20, 0x00, 0x00,              /* 100a mov $0x2000,%ecx */
    0x03, 0x06,                                /* 100f add (%esi),%eax */
    0x8b, 0x5e, 0x04,                          /* 1011 mov 0x4(%esi),%ebx */
    0x01, 0x4e, 0x08,                          /* 1014 add %ecx,0x8(%esi) */
    0x88, 0x86, 0x00, 0x00, 0x01, 0x00,        /* 1017 mov %al,0x10000(%esi) */
    0x89, 0x44, 0x4e, 0x01,                    /* 101d mov %eax,0x1(%esi,%ecx,2) */
    0x83, 0xc6, 0x10,                          /* 1021 add $0x10,%esi */
    0x83, 0xe9, 0x10,                          /* 1024 sub $0x10,%ecx */
    0x75, 0xe6,                                /* 1027 jne 100f */
    0x4d,                                      /* 1029 dec %ebp */
    0x75, 0xd9,                                /* 102a jne 1005 */
    0xf4,                                      /* 102c hlt */
};

static const uint8_t calls[] = {
    0xb9, 0xb8, 0x0b, 0x00, 0x00,              /* 1000 mov $0xbb8,%ecx */
    0xbb, 0x00, 0x20, 0x00, 0x00,              /* 1005 mov $0x2000,%ebx */
    0xc7, 0x03, 0xc3, 0x00, 0x00, 0x00,        /* 100a movl $0xc3,(%ebx) */
    0xba, 0x00, 0x30, 0x00, 0x00,              /* 1010 mov $0x3000,%edx */
    0xc7, 0x02, 0xc2, 0x04, 0x00, 0x00,        /* 1015 movl $0x4c2,(%edx) */
    0xe8, 0x0f, 0x00, 0x00, 0x00,              /* 101b call 102f */
    0xff, 0xd3,                                /* 1020 call *%ebx */
    0x51,                                      /* 1022 push %ecx */
    0xff, 0xd2,                                /* 1023 call *%edx */
    0x68, 0x2b, 0x10, 0x00, 0x00,              /* 1025 push $0x102b */
    0xc3,                                      /* 102a ret */
    0x49,                                      /* 102b dec %ecx */
    0x75, 0xed,                                /* 102c jne 101b */
    0xf4,                                      /* 102e hlt */
    0x55,                                      /* 102f push %ebp */
    0x89, 0xe5,                                /* 1030 mov %esp,%ebp */
    0x83, 0xf9, 0x64,                          /* 1032 cmp $0x64,%ecx */
    0x73, 0x02,                                /* 1035 jae 1039 */
    0xff, 0xd3,                                /* 1037 call *%ebx */
    0xc9,                                      /* 1039 leave */
    0xc3,                                      /* 103a ret */
};

static const uint8_t strings[] = {
    0xbd, 0x1e, 0x00, 0x00, 0x00,              /* 1000 mov $0x1e,%ebp */
    0xfc,                                      /* 1005 cld */
    0xbf, 0x00, 0x00, 0x02, 0x00,              /* 1006 mov $0x20000,%edi */
    0x89, 0xe8,                                /* 100b mov %ebp,%eax */
    0xb9, 0xb8, 0x0b, 0x00, 0x00,              /* 100d mov $0xbb8,%ecx */
    0xf3, 0xab,                                /* 1012 rep stos %eax,%es:(%edi) */
    0xbe, 0x02, 0x00, 0x02, 0x00,              /* 1014 mov $0x20002,%esi */
    0xbf, 0xfe, 0x4f, 0x02, 0x00,              /* 1019 mov $0x24ffe,%edi */
    0xb9, 0x28, 0x23, 0x00, 0x00,              /* 101e mov $0x2328,%ecx */
    0xf3, 0xa4,                                /* 1023 rep movsb %ds:(%esi),%es:(%edi) */
    0xbe, 0x00, 0x00, 0x02, 0x00,              /* 1025 mov $0x20000,%esi */
    0xbf, 0x01, 0x00, 0x02, 0x00,              /* 102a mov $0x20001,%edi */
    0xb9, 0x2c, 0x01, 0x00, 0x00,              /* 102f mov $0x12c,%ecx */
    0xf3, 0xa4,                                /* 1034 rep movsb %ds:(%esi),%es:(%edi) */
    0xbe, 0x00, 0x00, 0x02, 0x00,              /* 1036 mov $0x20000,%esi */
    0xbf, 0x00, 0x10, 0x02, 0x00,              /* 103b mov $0x21000,%edi */
    0xb9, 0xf4, 0x01, 0x00, 0x00,              /* 1040 mov $0x1f4,%ecx */
    0xf3, 0xa7,                                /* 1045 repz cmpsl %es:(%edi),%ds:(%esi) */
    0xbf, 0x00, 0x00, 0x02, 0x00,              /* 1047 mov $0x20000,%edi */
    0xb9, 0x28, 0x23, 0x00, 0x00,              /* 104c mov $0x2328,%ecx */
    0xb0, 0xee,                                /* 1051 mov $0xee,%al */
    0xf2, 0xae,                                /* 1053 repnz scas %es:(%edi),%al */
    0xbe, 0x00, 0x00, 0x02, 0x00,              /* 1055 mov $0x20000,%esi */
    0xb9, 0x64, 0x00, 0x00, 0x00,              /* 105a mov $0x64,%ecx */
    0x66, 0xf3, 0xad,                          /* 105f rep lods %ds:(%esi),%ax */
    0xfd,                                      /* 1062 std */
    0xbf, 0x00, 0x80, 0x02, 0x00,              /* 1063 mov $0x28000,%edi */
    0xbe, 0x00, 0x40, 0x02, 0x00,              /* 1068 mov $0x24000,%esi */
    0xb9, 0xbc, 0x02, 0x00, 0x00,              /* 106d mov $0x2bc,%ecx */
    0x66, 0xf3, 0xa5,                          /* 1072 rep movsw %ds:(%esi),%es:(%edi) */
    0xaa,                                      /* 1075 stos %al,%es:(%edi) */
    0x4d,                                      /* 1076 dec %ebp */
    0x75, 0x8c,                                /* 1077 jne 1005 */
    0xf4,                                      /* 1079 hlt */
};

static const uint8_t events[] = {
    0xb9, 0x20, 0x03, 0x00, 0x00,              /* 1000 mov $0x320,%ecx */
    0xcd, 0x21,                                /* 1005 int $0x21 */
    0xcc,                                      /* 1007 int3 */
    0x0f, 0x0b,                                /* 1008 ud2 */
    0x9c,                                      /* 100a pushf */
    0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00,  /* 100b orl $0x100,(%esp) */
    0x9d,                                      /* 1012 popf */
    0x90,                                      /* 1013 nop */
    0x9c,                                      /* 1014 pushf */
    0x81, 0x24, 0x24, 0xff, 0xfe, 0xff, 0xff,  /* 1015 andl $0xfffffeff,(%esp) */
    0x9d,                                      /* 101c popf */
    0xe4, 0x80,                                /* 101d in $0x80,%al */
    0xe6, 0x80,                                /* 101f out %al,$0x80 */
    0x0f, 0x31,                                /* 1021 rdtsc */
    0xfb,                                      /* 1023 sti */
    0x90,                                      /* 1024 nop */
    0xfa,                                      /* 1025 cli */
    0x49,                                      /* 1026 dec %ecx */
    0x75, 0xdc,                                /* 1027 jne 1005 */
    0xf4,                                      /* 1029 hlt */
};

static const uint8_t paging[] = {
    0xbd, 0x90, 0x01, 0x00, 0x00,              /* 1000 mov $0x190,%ebp */
    0xbe, 0x00, 0x00, 0x40, 0x00,              /* 1005 mov $0x400000,%esi */
    0xb9, 0x04, 0x00, 0x00, 0x00,              /* 100a mov $0x4,%ecx */
    0x03, 0x06,                                /* 100f add (%esi),%eax */
    0xff, 0x06,                                /* 1011 incl (%esi) */
    0x81, 0xc6, 0x00, 0x10, 0x00, 0x00,        /* 1013 add $0x1000,%esi */
    0x49,                                      /* 1019 dec %ecx */
    0x75, 0xf3,                                /* 101a jne 100f */
    0x31, 0xdb,                                /* 101c xor %ebx,%ebx */
    0x89, 0x1d, 0x00, 0x20, 0x10, 0x00,        /* 101e mov %ebx,0x102000 */
    0x89, 0x1d, 0x04, 0x20, 0x10, 0x00,        /* 1024 mov %ebx,0x102004 */
    0x0f, 0x01, 0x3d, 0x00, 0x00, 0x40, 0x00,  /* 102a invlpg 0x400000 */
    0x0f, 0x20, 0xda,                          /* 1031 mov %cr3,%edx */
    0x0f, 0x22, 0xda,                          /* 1034 mov %edx,%cr3 */
    0x4d,                                      /* 1037 dec %ebp */
    0x75, 0xcb,                                /* 1038 jne 1005 */
    0xf4,                                      /* 103a hlt */
};

static const uint8_t selfmod[] = {
    0xb9, 0xdc, 0x05, 0x00, 0x00,              /* 1000 mov $0x5dc,%ecx */
    0x88, 0x0d, 0x0c, 0x10, 0x00, 0x00,        /* 1005 mov %cl,0x100c */
    0xb0, 0x00,                                /* 100b mov $0x0,%al */
    0x01, 0xc3,                                /* 100d add %eax,%ebx */
    0xf6, 0xc1, 0x07,                          /* 100f test $0x7,%cl */
    0x75, 0x07,                                /* 1012 jne 101b */
    0x80, 0x35, 0x80, 0x10, 0x00, 0x00, 0x08,  /* 1014 xorb $0x8,0x1080 */
    0xe8, 0x60, 0x00, 0x00, 0x00,              /* 101b call 1080 */
    0x49,                                      /* 1020 dec %ecx */
    0x75, 0xe2,                                /* 1021 jne 1005 */
    0xf4,                                      /* 1023 hlt */
    [128] = 0x46,                              /* 1080 inc %esi */
    0xc3,                                      /* 1081 ret */
};

static const uint8_t ring3[] = {
    0xb8, 0x2b, 0x00, 0x00, 0x00,              /* 1000 mov $0x2b,%eax */
    0x0f, 0x00, 0xd8,                          /* 1005 ltr %ax */
    0xb9, 0x74, 0x01, 0x00, 0x00,              /* 1008 mov $0x174,%ecx */
    0xb8, 0x08, 0x00, 0x00, 0x00,              /* 100d mov $0x8,%eax */
    0x31, 0xd2,                                /* 1012 xor %edx,%edx */
    0x0f, 0x30,                                /* 1014 wrmsr */
    0x41,                                      /* 1016 inc %ecx */
    0xb8, 0x00, 0x70, 0x00, 0x00,              /* 1017 mov $0x7000,%eax */
    0x0f, 0x30,                                /* 101c wrmsr */
    0x41,                                      /* 101e inc %ecx */
    0xb8, 0x4c, 0x10, 0x00, 0x00,              /* 101f mov $0x104c,%eax */
    0x0f, 0x30,                                /* 1024 wrmsr */
    0x6a, 0x23,                                /* 1026 push $0x23 */
    0x68, 0x00, 0x60, 0x00, 0x00,              /* 1028 push $0x6000 */
    0x6a, 0x02,                                /* 102d push $0x2 */
    0x6a, 0x1b,                                /* 102f push $0x1b */
    0x68, 0x37, 0x10, 0x00, 0x00,              /* 1031 push $0x1037 */
    0xcf,                                      /* 1036 iret */
    0xbb, 0x84, 0x03, 0x00, 0x00,              /* 1037 mov $0x384,%ebx */
    0x89, 0xe5,                                /* 103c mov %esp,%ebp */
    0xbf, 0x45, 0x10, 0x00, 0x00,              /* 103e mov $0x1045,%edi */
    0x0f, 0x34,                                /* 1043 sysenter */
    0xcd, 0x21,                                /* 1045 int $0x21 */
    0x4b,                                      /* 1047 dec %ebx */
    0x75, 0xf2,                                /* 1048 jne 103c */
    0xcd, 0x20,                                /* 104a int $0x20 */
    0x89, 0xe9,                                /* 104c mov %ebp,%ecx */
    0x89, 0xfa,                                /* 104e mov %edi,%edx */
    0x0f, 0x35,                                /* 1050 sysexit */
};

/* Handlers of events, 32 bytes each from HANDLERS on. */
static const struct {
    uint8_t vector, bytes[24], count;
} handlers[] = {
    {IA32_DB, {0x46, 0xcf}, 2}, /* INC ESI; IRET */
    {IA32_BP, {0x46, 0xcf}, 2},
    {0x21, {0x46, 0xcf}, 2},
    {0x20, {0xfa, 0xf4}, 2}, /* CLI; HLT */
    /* ADD DWORD [ESP],2; IRET */
    {IA32_UD, {0x83, 0x04, 0x24, 2, 0xcf}, 5},
    /* PUSH EAX; MOV EAX,CR2; SHR EAX,12; AND EAX,3; MOV DWORD
     * [102000h+EAX*4],30003h; POP EAX; ADD ESP,4; IRET */
    {IA32_PF, {0x50, 0x0f, 0x20, 0xd0, 0xc1, 0xe8, 12, 0x83, 0xe0, 3, 0xc7,
               0x04, 0x85, 0, 0x20, 0x10, 0, 3, 0, 3, 0, 0x58, 0x83, 0xc4},
     24},
};
/* The rest of the page-fault handler: ADD ESP,4; IRET begins above. */
static const uint8_t fault_rest[] = {4, 0xcf};

enum { UNIT, PRESCOTT, MEROM, PROFILES };
static const char *const profile_names[PROFILES] = {"unit", "prescott",
                                                    "merom"};
/* Cycles on the clock at the end; of those, for page walks. */
struct reference {
    uint64_t cycles, walks;
};

static const struct program {
    const char *name;
    const uint8_t *code;
    unsigned bytes;
    struct reference reference[PROFILES];
} programs[] = {
#define PROGRAM(name, ...) {#name, name, sizeof name, {__VA_ARGS__}}
    /* unit, prescott, merom */
    PROGRAM(integer, {34706, 0}, {125604, 92},
            {62073, 60}),
    PROGRAM(memory, {82002, 0}, {144071, 460},
            {82401, 300}),
    PROGRAM(calls, {48204, 0}, {87829, 276},
            {48483, 180}),
    PROGRAM(strings, {663782, 0}, {2653601, 460},
            {1990301, 300}),
    PROGRAM(events, {25602, 0}, {10931535, 184},
            {7038621, 120}),
    PROGRAM(paging, {19220, 0}, {1558481, 239430},
            {883915, 156150}),
    PROGRAM(selfmod, {15189, 0}, {23163, 138},
            {15378, 90}),
    PROGRAM(ring3, {9922, 0}, {1162934, 276},
            {660294, 180}),
#undef PROGRAM
};

static void put_descriptor(struct rig *r, unsigned selector, uint64_t raw)
{
    vt_physmem_write(r->pm, GDT + selector, raw, 8);
}

static void set_up_system(struct rig *r)
{
    struct ia32_cpu *cpu = r->cpu;

    put_descriptor(r, 0x08, UINT64_C(0x00cf9b000000ffff));
    put_descriptor(r, 0x10, UINT64_C(0x00cf93000000ffff));
    put_descriptor(r, 0x18, UINT64_C(0x00cffb000000ffff));
    put_descriptor(r, 0x20, UINT64_C(0x00cff3000000ffff));
    put_descriptor(r, 0x28, UINT64_C(0x0000890000000067) | TSS << 16);
    cpu->gdtr = (struct ia32_dtr){GDT, 0x2f};
    cpu->idtr = (struct ia32_dtr){IDT, 0x22 * 8 - 1};
    rig_put32(r, TSS + 4, STACK);
    rig_put32(r, TSS + 8, 0x10);
    for (unsigned i = 0; i < ARRAY_SIZE(handlers); i++) {
        uint32_t at = HANDLERS + i * 32;

        rig_put(r, at, handlers[i].bytes, handlers[i].count);
        if (handlers[i].vector == IA32_PF)
            rig_put(r, at + 24, fault_rest, sizeof fault_rest);
        rig_put32(r, IDT + handlers[i].vector * 8u, 0x80000 | at);
        rig_put32(r, IDT + handlers[i].vector * 8u + 4, 0xee00);
    }
}

static void make_machine(struct rig *r, const char *profile)
{
    struct vt_error err = {VT_OK, ""};

    rig_must(vt_profile_open(profile, &r->profile, &err) == VT_OK, err.text);
    r->m = vt_machine_new(r->profile);
    r->pm = vt_machine_physmem(r->m);
    rig_must(vt_physmem_add_ram(r->pm, 0, RIG_RAM_BYTES, &err) == VT_OK,
             err.text);
    rig_must(ia32_new(r->m, "merom", &r->cpu, &err) == VT_OK, err.text);
    vt_machine_add_cpu(r->m, &r->cpu->base);
    ia32_set_multiboot_state(r->cpu, CODE, 0, 0);
    r->cpu->gpr[IA32_RSP] = STACK;
    set_up_system(r);
    rig_paging(r, CR0_WP, 0);
    for (uint32_t i = 0; i < 4; i++) /* what program paging maps itself */
        rig_pte(r, 0x400000 + i * 0x1000, 0);
}

enum way { WHOLE, PIECES, COLD, OBSERVED, WAYS };
static const char *const way_names[WAYS] = {"whole", "in pieces", "cold",
                                            "observed"};

static void ignore(void *opaque, const struct vt_event *event)
{
    (void)opaque, (void)event;
}

/* Run to the HLT that ends every program. */
static void run(struct rig *r, enum way way)
{
    uint64_t limit = UINT64_C(100000000), step = limit;
    uint64_t until = 0;

    if (way == OBSERVED)
        vt_event_listen(vt_machine_bus(r->m), VT_EV_ALL, ignore, NULL);
    if (way == PIECES)
        step = 1777;
    if (way == COLD)
        step = 50021;
    r->cpu->tlb->sealed = way == COLD;
    do {
        until += step;
        if (way == COLD)
            ia32_blocks_flush(r->cpu->blocks);
        (void)vt_machine_run(r->m, until, way == OBSERVED);
    } while (r->cpu->base.activity == VT_ACTIVE && until < limit);
}

static void check(const struct program *p, unsigned profile, enum way way)
{
    const struct reference *wanted = &p->reference[profile];
    struct rig r;
    uint64_t idle, cycles, walks;

    make_machine(&r, profile_names[profile]);
    rig_put(&r, CODE, p->code, p->bytes);
    run(&r, way);
    idle = rig_charged(&r, VT_WHAT_IDLE);
    cycles = r.cpu->base.now_cycles - idle;
    walks = rig_charged(&r, VT_WHAT_REFILL);
    CU_ASSERT_EQUAL(r.cpu->base.activity, VT_HALTED);
    CU_ASSERT_TRUE(rig_balanced(&r));
    if (cycles != wanted->cycles || walks != wanted->walks) {
        printf("\n  %s, profile %s, %s: {%llu, %llu}\n", p->name,
               profile_names[profile], way_names[way],
               (unsigned long long)cycles, (unsigned long long)walks);
        CU_FAIL("cycles");
    }
    rig_done(&r);
}

static void all_programs(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(programs); i++)
        for (unsigned profile = 0; profile < PROFILES; profile++)
            check(&programs[i], profile, WHOLE);
}

static void all_ways(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(programs); i++)
        for (unsigned way = PIECES; way < WAYS; way++)
            check(&programs[i], MEROM, (enum way)way);
}

int main(void)
{
    static const struct test_case cases[] = {
        {"programs cost what the table says", all_programs},
        {"in pieces, cold and observed they cost the same", all_ways},
    };

    return run_suite("ia32 cycles", cases, ARRAY_SIZE(cases));
}
