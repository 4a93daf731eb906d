/* SPDX-License-Identifier: MIT */
/* The instructions that C has no word for, and the constants they need.
 * Everything is 32-bit protected mode. */
#ifndef LAB_X86_H
#define LAB_X86_H

#include <stdbool.h>
#include <stdint.h>

#define CR0_PE (1u << 0)
#define CR0_TS (1u << 3)
#define CR0_NE (1u << 5)
#define CR0_WP (1u << 16)
#define CR0_NW (1u << 29)
#define CR0_CD (1u << 30)
#define CR0_PG (1u << 31)
#define CR4_TSD (1u << 2)
#define CR4_DE (1u << 3)
#define CR4_PSE (1u << 4)
#define CR4_PGE (1u << 7)
#define CR4_VMXE (1u << 13)
#define FL_IF (1u << 9)
#define FL_ALWAYS_1 (1u << 1)

#define PTE_P (1u << 0)  /* present */
#define PTE_W (1u << 1)  /* writable */
#define PTE_PS (1u << 7) /* in a page directory: a 4-MiB page */

enum { VECTOR_UD = 6, VECTOR_GP = 13, VECTOR_PF = 14 };

#define MSR_FEATURE_CONTROL 0x3au
#define MSR_SYSENTER_CS 0x174u
#define CPUID_1_ECX_VMX (1u << 5)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint64_t value;
    __asm__ volatile("rdmsr" : "=A"(value) : "c"(msr));
    return value;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "A"(value) : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint64_t value;
    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

/* read_cr0() ... write_cr4() */
#define LAB_CONTROL_REGISTER(cr)                                         \
    static inline uint32_t read_##cr(void)                               \
    {                                                                    \
        uint32_t value;                                                  \
        __asm__ volatile("movl %%" #cr ", %0" : "=r"(value));            \
        return value;                                                    \
    }                                                                    \
    static inline void write_##cr(uint32_t value)                        \
    {                                                                    \
        __asm__ volatile("movl %0, %%" #cr : : "r"(value) : "memory");   \
    }
LAB_CONTROL_REGISTER(cr0)
LAB_CONTROL_REGISTER(cr2)
LAB_CONTROL_REGISTER(cr3)
LAB_CONTROL_REGISTER(cr4)
#undef LAB_CONTROL_REGISTER

static inline void invlpg(uint32_t la)
{
    __asm__ volatile("invlpg (%0)" : : "r"(la) : "memory");
}

/* What LGDT, LIDT, SGDT and SIDT take and give. */
struct table_register {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

#endif
