/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory as instructions see it.  Three layers, each a few lines:
 *
 *   segment   limit, type, null      #GP(0), #SS(0)
 *   page      TLB, walk              #AC, #PF
 *   bus       RAM or device
 *
 * The quick path is one comparison for the segment and one for the fast
 * TLB.  Everything unusual (misaligned, across pages, devices, code pages,
 * a page's first use) falls to the slow path behind it, which does the same
 * in full and then lets the quick path have what it may.
 *
 * SDM Vol 3A, "Limit Checking", "Type Checking", "Paging"; Vol 3A,
 * "Alignment Check Exception (#AC)".
 * NOTE: an access to a segment whose limit is FFFFFFFFH that goes past the
 * limit wraps around; the manual allows that or an exception. */
#include "sim/ia32/mem.h"

#include "sim/ia32/breakpoint.h"
#include "sim/ia32/event.h"
#include "sim/ia32/exec.h"
#include "sim/ia32/paging.h"
#include "sim/ia32/tlb.h"
#include "sim/ia32/virt.h"

#define TYPE_CODE 8u
#define TYPE_EXPAND_DOWN 4u /* data; in code: conforming */
#define TYPE_WRITE 2u       /* data; in code: readable */

static inline uint64_t load_le(const uint8_t *p, unsigned size_bytes)
{
    switch (size_bytes) {
    case 1: return *p;
    case 2: return vt_ld16le(p);
    case 4: return vt_ld32le(p);
    default: return vt_ld64le(p);
    }
}

static inline void store_le(uint8_t *p, unsigned size_bytes, uint64_t value)
{
    switch (size_bytes) {
    case 1: *p = (uint8_t)value; break;
    case 2: vt_st16le(p, (uint16_t)value); break;
    case 4: vt_st32le(p, (uint32_t)value); break;
    default: vt_st64le(p, value); break;
    }
}

/* --- segments ----------------------------------------------------------- */

/* Linear addresses wrap at 4 GiB outside 64-bit mode, but for what the
 * processor does by itself in IA-32e mode. */
static inline uint64_t wrap_la(const struct ia32_cpu *cpu, uint64_t la,
                               unsigned acc)
{
    if ((cpu->mode & IA32_MODE_LONG64) || (acc & IA32_ACC_LONG) ||
        ((acc & IA32_ACC_IMPLICIT) && ia32_long(cpu)))
        return la;
    return (uint32_t)la;
}

static enum ia32_status seg_fault(struct ia32_cpu *cpu, unsigned seg)
{
    return ia32_fault(cpu, seg == IA32_SS ? IA32_SSF : IA32_GP, 0);
}

static bool seg_type_ok(const struct ia32_seg *s, unsigned acc)
{
    if (s->ar & AR_UNUSABLE)
        return false;
    if (acc & IA32_ACC_W)
        return (s->ar & (TYPE_CODE | TYPE_WRITE)) == TYPE_WRITE;
    if (acc & IA32_ACC_X) /* CLFLUSH, MONITOR: also where only code is */
        return true;
    /* Data can always be read, code only if it says so. */
    return (s->ar & (TYPE_CODE | TYPE_WRITE)) != TYPE_CODE;
}

static bool seg_limit_ok(const struct ia32_seg *s, uint64_t offset,
                         unsigned bytes)
{
    uint64_t last = offset + bytes - 1;
    bool down = (s->ar & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN;

    if (!down)
        return s->limit == 0xffffffff || last <= s->limit;
    return offset > s->limit &&
           last <= (s->ar & AR_DB ? 0xffffffffu : 0xffffu);
}

/* In 64-bit mode there are no limits and no types; only FS and GS have a
 * base.  Both ends must be canonical: #SS for the stack segment.  SDM Vol
 * 3A, "Limit Checking in 64-bit Mode". */
static enum ia32_status linear64(struct ia32_cpu *cpu, unsigned seg,
                                 uint64_t offset, unsigned bytes,
                                 uint64_t *la)
{
    *la = offset + ia32_base64(cpu, seg);
    if (VT_LIKELY(ia32_canonical(*la) && ia32_canonical(*la + bytes - 1)))
        return IA32_OK;
    return seg_fault(cpu, seg);
}

enum ia32_status ia32_linear(struct ia32_cpu *cpu, unsigned seg,
                             uint64_t offset, unsigned bytes, unsigned acc,
                             uint64_t *la)
{
    const struct ia32_seg *s = &cpu->seg[seg];

    if (cpu->mode & IA32_MODE_LONG64)
        return linear64(cpu, seg, offset, bytes, la);
    if (!seg_type_ok(s, acc) || !seg_limit_ok(s, offset, bytes))
        return seg_fault(cpu, seg);
    *la = wrap_la(cpu, s->base + offset, 0);
    return IA32_OK;
}

/* The usual case, inline: in 64-bit mode any segment, else writable data that
 * expands up.  An address that is not canonical passes here, but is not in
 * the fast TLB: false and true alike end in ia32_linear then. */
static inline bool usual_linear(const struct ia32_cpu *cpu, unsigned seg,
                                uint64_t offset, unsigned bytes, uint64_t *la)
{
    const struct ia32_seg *s = &cpu->seg[seg];
    uint32_t looked_at =
        s->ar & (AR_UNUSABLE | TYPE_CODE | TYPE_EXPAND_DOWN | TYPE_WRITE);

    if (cpu->mode & IA32_MODE_LONG64) {
        *la = offset + ia32_base64(cpu, seg);
        return true;
    }
    *la = (uint32_t)(s->base + offset);
    return VT_LIKELY(looked_at == TYPE_WRITE &&
                     offset + (bytes - 1) <= s->limit);
}

/* Host memory of a segmented access, if the fast TLB knows it. */
static inline uint8_t *usual_find(const struct ia32_cpu *cpu,
                                  enum ia32_fast_kind kind, unsigned seg,
                                  uint64_t offset, unsigned size_bytes)
{
    uint64_t la;

    if (VT_UNLIKELY(!usual_linear(cpu, seg, offset, size_bytes, &la)))
        return NULL;
    return ia32_fast_find(cpu->tlb, kind,
                          cpu->cpl == 3 ? IA32_FAST_USER
                                        : IA32_FAST_SUPERVISOR,
                          la, size_bytes);
}

/* --- pages ---------------------------------------------------------------- */

enum ia32_status ia32_gpa_to_pa_elsewhere(struct ia32_cpu *cpu, uint64_t gpa,
                                          unsigned acc, uint64_t *pa)
{
    if (!cpu->a20)
        gpa &= ~VT_BIT(20);
    if (cpu->non_root && cpu->virt && cpu->virt->ops->gpa_to_pa)
        return cpu->virt->ops->gpa_to_pa(cpu->virt, gpa, acc, pa);
    *pa = gpa;
    return IA32_OK;
}

/* Does a TLB entry serve this access as it is?  If not the tables are walked
 * again: a write has to set the dirty flag, and rights may have been
 * added since.  ("Optional Invalidation" allows a spurious #PF instead.) */
static bool entry_serves(const struct ia32_cpu *cpu,
                         const struct ia32_tlb_entry *entry, unsigned acc)
{
    if ((acc & IA32_ACC_W) && !(entry->flags & IA32_TLB_D))
        return false;
    return ia32_page_allows(cpu, entry->flags, acc);
}

/* *rights: IA32_TLB_* of the page; with paging off those of a page that
 * nobody is kept from. */
static enum ia32_status map(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                            uint64_t *pa, unsigned *rights)
{
    enum ia32_tlb_side side =
        acc & IA32_ACC_X ? IA32_TLB_CODE : IA32_TLB_DATA;
    unsigned pcid = ia32_pcid(cpu);
    const struct ia32_tlb_entry *entry;
    struct ia32_tlb_entry walked;
    enum ia32_status status;

    *rights = IA32_TLB_W | IA32_TLB_D;
    if (!ia32_paging_on(cpu))
        return ia32_gpa_to_pa(cpu, la, acc, pa);
    entry = ia32_tlb_lookup(cpu->tlb, side, pcid, la);
    if (!entry || !entry_serves(cpu, entry, acc)) {
        status = ia32_walk(cpu, la, acc, &walked);
        if (status == IA32_FAULT) /* "Operations that Invalidate TLBs" */
            ia32_tlb_drop_page(cpu->tlb, pcid, la);
        if (status != IA32_OK)
            return status;
        ia32_tlb_insert(cpu->tlb, side, la, &walked, entry == NULL);
        entry = &walked;
    } else if (VT_UNLIKELY(cpu->tlb->watched)) {
        ia32_tlb_compare(cpu, entry, la, acc);
    }
    *rights = entry->flags;
    return ia32_gpa_to_pa(cpu, entry->gpa + (la - entry->la), acc, pa);
}

enum ia32_status ia32_translate(struct ia32_cpu *cpu, uint64_t la,
                                unsigned acc, uint64_t *pa)
{
    unsigned rights;

    return map(cpu, la, acc, pa, &rights);
}

/* Whose fast entries an access that was allowed may use from now on. */
static enum ia32_fast_context context_of(const struct ia32_cpu *cpu,
                                         unsigned acc, unsigned rights)
{
    if (ia32_acc_user(cpu, acc))
        return IA32_FAST_USER;
    return (cpu->cr4 & CR4_SMAP) && (rights & IA32_TLB_U)
               ? IA32_FAST_SUPERVISOR_AC
               : IA32_FAST_SUPERVISOR;
}

/* Let the quick path have this page, if physical memory allows.  A page that
 * can be written only because CR0.WP is 0 stays slow, so that WP may change
 * without dropping anything here. */
static void remember(struct ia32_cpu *cpu, uint64_t la, unsigned acc,
                     uint64_t pa, unsigned rights)
{
    enum ia32_fast_context context = context_of(cpu, acc, rights);
    const struct vt_page *page = ia32_ram_page(cpu, pa);

    if (!page)
        return; /* a device, or RAM nobody has written: reads as 0 */
    if (cpu->armed & IA32_ARMED_DATA)
        return; /* each access is compared with the debug registers */
    ia32_fast_fill(cpu->tlb, IA32_FAST_READ, context, la, pa, page);
    if ((acc & IA32_ACC_W) && (rights & IA32_TLB_W) && page->dirty)
        ia32_fast_fill(cpu->tlb,
                       page->code_mask == 0 ? IA32_FAST_WRITE
                                            : IA32_FAST_BESIDE_CODE,
                       context, la, pa, page);
}

/* --- bus -------------------------------------------------------------------- */

/* A device's answer takes time, and may change anything that has to be seen
 * at the next boundary. */
static void emit_mmio(struct ia32_cpu *cpu, uint64_t pa, uint64_t value,
                      unsigned size_bytes, bool is_write)
{
    struct vt_event event = {.kind = VT_EV_MMIO};

    event.u.io.address = pa;
    event.u.io.value = value;
    event.u.io.size_bytes = size_bytes;
    event.u.io.is_write = is_write;
    ia32_emit(cpu, &event);
    ia32_end_block(cpu);
}

uint64_t ia32_bus_read(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes)
{
    uint64_t value;

    if (vt_physmem_is_ram(cpu->base.physmem, pa))
        return vt_physmem_read(cpu->base.physmem, pa, size_bytes);
    ia32_charge(cpu, VT_WHAT_DEVICE, cpu->cost[IA32_COST_DEVICE]);
    value = vt_physmem_read(cpu->base.physmem, pa, size_bytes);
    emit_mmio(cpu, pa, value, size_bytes, false);
    return value;
}

void ia32_bus_write(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes,
                    uint64_t value)
{
    if (vt_physmem_is_ram(cpu->base.physmem, pa)) {
        vt_physmem_write(cpu->base.physmem, pa, value, size_bytes);
        return;
    }
    ia32_charge(cpu, VT_WHAT_DEVICE, cpu->cost[IA32_COST_DEVICE]);
    vt_physmem_write(cpu->base.physmem, pa, value, size_bytes);
    emit_mmio(cpu, pa, value, size_bytes, true);
}

uint64_t ia32_pa_read(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes)
{
    return vt_physmem_read(cpu->base.physmem, pa, size_bytes);
}

void ia32_pa_write(struct ia32_cpu *cpu, uint64_t pa, unsigned size_bytes,
                   uint64_t value)
{
    vt_physmem_write(cpu->base.physmem, pa, value, size_bytes);
}

/* --- linear accesses, the long way --------------------------------------------- */

/* Bytes of an access that lie in its first page. */
static unsigned bytes_here(uint64_t la, unsigned size_bytes)
{
    uint64_t room = VT_PAGE_BYTES - (la & VT_PAGE_MASK);

    return room < size_bytes ? (unsigned)room : size_bytes;
}

/* "Alignment Check Exception (#AC)". */
static bool checks_alignment(const struct ia32_cpu *cpu)
{
    return cpu->cpl == 3 && (cpu->cr0 & CR0_AM) && (cpu->rflags & FL_AC);
}

enum ia32_status ia32_check_alignment(struct ia32_cpu *cpu, uint64_t la,
                                      unsigned size_bytes, unsigned acc)
{
    if ((la & (size_bytes - 1)) && checks_alignment(cpu) &&
        !(acc & IA32_ACC_IMPLICIT))
        return ia32_fault(cpu, IA32_AC, 0);
    return IA32_OK;
}

/* Check an access and find its one or two places.  acc as it is checked. */
struct places {
    uint64_t pa[2];
    unsigned bytes[2]; /* bytes[1] is 0 for an access inside a page */
    unsigned rights;   /* of the first page */
};

static enum ia32_status find_places(struct ia32_cpu *cpu, uint64_t la,
                                    unsigned size_bytes, unsigned acc,
                                    struct places *at)
{
    unsigned rights;

    IA32_TRY(ia32_check_alignment(cpu, la, size_bytes, acc));
    at->bytes[0] = bytes_here(la, size_bytes);
    at->bytes[1] = size_bytes - at->bytes[0];
    IA32_TRY(map(cpu, la, acc, &at->pa[0], &at->rights));
    if (at->bytes[1] == 0)
        return IA32_OK;
    return map(cpu, wrap_la(cpu, la + at->bytes[0], acc), acc, &at->pa[1],
               &rights);
}

/* Across a page end: byte by byte, as three bytes are no bus access. */
static uint64_t read_places(struct ia32_cpu *cpu, const struct places *at)
{
    uint64_t value = 0;
    unsigned shift = 0;

    if (at->bytes[1] == 0) {
        const struct vt_page *page = ia32_ram_page(cpu, at->pa[0]);

        return VT_LIKELY(page != NULL)
                   ? load_le(page->data + (at->pa[0] & VT_PAGE_MASK),
                             at->bytes[0])
                   : ia32_bus_read(cpu, at->pa[0], at->bytes[0]);
    }
    for (unsigned part = 0; part < 2; part++)
        for (unsigned i = 0; i < at->bytes[part]; i++, shift += 8)
            value |= ia32_bus_read(cpu, at->pa[part] + i, 1) << shift;
    return value;
}

static void write_places(struct ia32_cpu *cpu, const struct places *at,
                         uint64_t value)
{
    if (at->bytes[1] == 0) {
        ia32_bus_write(cpu, at->pa[0], at->bytes[0], value);
        return;
    }
    for (unsigned part = 0; part < 2; part++)
        for (unsigned i = 0; i < at->bytes[part]; i++, value >>= 8)
            ia32_bus_write(cpu, at->pa[part] + i, 1, value & 0xff);
}

/* Where the fast TLB is asked first. */
static inline enum ia32_fast_context first_context(const struct ia32_cpu *cpu,
                                                   unsigned acc)
{
    return ia32_acc_user(cpu, acc) ? IA32_FAST_USER : IA32_FAST_SUPERVISOR;
}

/* The fast TLB's second thoughts, when the first look found nothing: a
 * supervisor that EFLAGS.AC lets into user pages, and writes beside code. */
static uint8_t *look_again(struct ia32_cpu *cpu, enum ia32_fast_kind kind,
                           uint64_t la, unsigned size_bytes, unsigned acc)
{
    enum ia32_fast_context context = first_context(cpu, acc);
    uint8_t *p = NULL;

    if (kind == IA32_FAST_WRITE)
        p = ia32_fast_beside_code(cpu->tlb, context, la, size_bytes);
    if (p || context == IA32_FAST_USER || !(cpu->cr4 & CR4_SMAP) ||
        ia32_smap_forbids(cpu, acc))
        return p;
    context = IA32_FAST_SUPERVISOR_AC;
    p = ia32_fast_find(cpu->tlb, kind, context, la, size_bytes);
    if (!p && kind == IA32_FAST_WRITE)
        p = ia32_fast_beside_code(cpu->tlb, context, la, size_bytes);
    return p;
}

/* acc: IA32_ACC_R, with W to ask for write permission as well. */
static enum ia32_status read_slow(struct ia32_cpu *cpu, uint64_t la,
                                  unsigned size_bytes, unsigned acc,
                                  uint64_t *value)
{
    struct places at;
    const uint8_t *p =
        look_again(cpu, acc & IA32_ACC_W ? IA32_FAST_WRITE : IA32_FAST_READ,
                   la, size_bytes, acc);

    if (p) {
        *value = load_le(p, size_bytes);
        return IA32_OK;
    }
    IA32_TRY(find_places(cpu, la, size_bytes, acc, &at));
    *value = read_places(cpu, &at);
    if (at.bytes[1] == 0)
        remember(cpu, la, acc, at.pa[0], at.rights);
    if (cpu->armed & IA32_ARMED_DATA)
        ia32_break_data(cpu, la, size_bytes, false);
    return IA32_OK;
}

static enum ia32_status write_slow(struct ia32_cpu *cpu, uint64_t la,
                                   unsigned size_bytes, unsigned acc,
                                   uint64_t value)
{
    struct places at;
    uint8_t *p = look_again(cpu, IA32_FAST_WRITE, la, size_bytes, acc);

    if (p) {
        store_le(p, size_bytes, value);
        return IA32_OK;
    }
    acc |= IA32_ACC_W;
    IA32_TRY(find_places(cpu, la, size_bytes, acc, &at));
    write_places(cpu, &at, value);
    if (at.bytes[1] == 0) /* now the page is dirty, whatever it was */
        remember(cpu, la, acc, at.pa[0], at.rights);
    if (cpu->armed & IA32_ARMED_DATA)
        ia32_break_data(cpu, la, size_bytes, true);
    return IA32_OK;
}

/* --- linear accesses --------------------------------------------------------------- */

enum ia32_status ia32_la_read(struct ia32_cpu *cpu, uint64_t la,
                              unsigned size_bytes, unsigned acc,
                              uint64_t *value)
{
    const uint8_t *p;

    la = wrap_la(cpu, la, acc);
    p = ia32_fast_find(cpu->tlb, IA32_FAST_READ, first_context(cpu, acc), la,
                       size_bytes);
    if (VT_UNLIKELY(!p))
        return read_slow(cpu, la, size_bytes, acc | IA32_ACC_R, value);
    *value = load_le(p, size_bytes);
    return IA32_OK;
}

enum ia32_status ia32_la_write(struct ia32_cpu *cpu, uint64_t la,
                               unsigned size_bytes, unsigned acc,
                               uint64_t value)
{
    uint8_t *p;

    la = wrap_la(cpu, la, acc);
    p = ia32_fast_find(cpu->tlb, IA32_FAST_WRITE, first_context(cpu, acc), la,
                       size_bytes);
    if (VT_UNLIKELY(!p))
        return write_slow(cpu, la, size_bytes, acc, value);
    store_le(p, size_bytes, value);
    return IA32_OK;
}

/* Does the fast TLB know that this may be done? */
static bool known_good(const struct ia32_cpu *cpu, uint64_t la, unsigned acc)
{
    enum ia32_fast_context context = first_context(cpu, acc);

    if (!(acc & IA32_ACC_W))
        return ia32_fast_find(cpu->tlb, IA32_FAST_READ, context, la, 1);
    return ia32_fast_find(cpu->tlb, IA32_FAST_WRITE, context, la, 1) ||
           ia32_fast_find(cpu->tlb, IA32_FAST_BESIDE_CODE, context, la, 1);
}

enum ia32_status ia32_la_probe(struct ia32_cpu *cpu, uint64_t la,
                               unsigned bytes, unsigned acc)
{
    uint64_t pa;

    while (bytes > 0) {
        unsigned here;

        la = wrap_la(cpu, la, acc);
        here = bytes_here(la, bytes);
        if (!known_good(cpu, la, acc))
            IA32_TRY(ia32_translate(cpu, la, acc, &pa));
        la += here;
        bytes -= here;
    }
    return IA32_OK;
}

/* --- segmented accesses --------------------------------------------------------------- */

static inline enum ia32_status read_any(struct ia32_cpu *cpu, unsigned seg,
                                        uint64_t offset, unsigned size_bytes,
                                        uint64_t *value)
{
    const uint8_t *p =
        usual_find(cpu, IA32_FAST_READ, seg, offset, size_bytes);
    uint64_t la;

    if (VT_LIKELY(p != NULL)) {
        *value = load_le(p, size_bytes);
        return IA32_OK;
    }
    IA32_TRY(ia32_linear(cpu, seg, offset, size_bytes, IA32_ACC_R, &la));
    return read_slow(cpu, la, size_bytes, IA32_ACC_R, value);
}

static inline enum ia32_status write_any(struct ia32_cpu *cpu, unsigned seg,
                                         uint64_t offset, unsigned size_bytes,
                                         uint64_t value)
{
    uint8_t *p = usual_find(cpu, IA32_FAST_WRITE, seg, offset, size_bytes);
    uint64_t la;

    if (VT_LIKELY(p != NULL)) {
        store_le(p, size_bytes, value);
        return IA32_OK;
    }
    IA32_TRY(ia32_linear(cpu, seg, offset, size_bytes, IA32_ACC_W, &la));
    return write_slow(cpu, la, size_bytes, 0, value);
}

static inline enum ia32_status
read_any_for_write(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
                   unsigned size_bytes, uint64_t *value)
{
    const uint8_t *p =
        usual_find(cpu, IA32_FAST_WRITE, seg, offset, size_bytes);
    uint64_t la;

    if (VT_LIKELY(p != NULL)) {
        *value = load_le(p, size_bytes);
        return IA32_OK;
    }
    IA32_TRY(ia32_linear(cpu, seg, offset, size_bytes, IA32_ACC_W, &la));
    return read_slow(cpu, la, size_bytes, IA32_ACC_R | IA32_ACC_W, value);
}

#define SIZED(size)                                                         \
    enum ia32_status ia32_read_##size(struct ia32_cpu *cpu, unsigned seg,   \
                                      uint64_t offset, uint64_t *value)     \
    {                                                                       \
        return read_any(cpu, seg, offset, size, value);                     \
    }                                                                       \
    enum ia32_status ia32_write_##size(struct ia32_cpu *cpu, unsigned seg,  \
                                       uint64_t offset, uint64_t value)     \
    {                                                                       \
        return write_any(cpu, seg, offset, size, value);                    \
    }                                                                       \
    enum ia32_status ia32_read_for_write_##size(                            \
        struct ia32_cpu *cpu, unsigned seg, uint64_t offset,                \
        uint64_t *value)                                                    \
    {                                                                       \
        return read_any_for_write(cpu, seg, offset, size, value);           \
    }
SIZED(1)
SIZED(2)
SIZED(4)
SIZED(8)
#undef SIZED

uint8_t *ia32_find_16(const struct ia32_cpu *cpu, bool write, unsigned seg,
                      uint64_t offset)
{
    return usual_find(cpu, write ? IA32_FAST_WRITE : IA32_FAST_READ, seg,
                      offset, 16);
}

/* --- host memory for runs of bytes ------------------------------------------------ */

/* Bytes from offset on that the segment allows, at most wanted; 0 where it
 * is not a usual one. */
static unsigned usual_run(const struct ia32_cpu *cpu, unsigned seg,
                          uint64_t offset, unsigned wanted, uint64_t *la)
{
    uint64_t room;

    if (!usual_linear(cpu, seg, offset, 1, la))
        return 0;
    room = VT_PAGE_BYTES - (*la & VT_PAGE_MASK);
    if (!(cpu->mode & IA32_MODE_LONG64) &&
        room > cpu->seg[seg].limit - offset)
        room = cpu->seg[seg].limit - offset + 1;
    return room < wanted ? (unsigned)room : wanted;
}

static uint8_t *host_run(struct ia32_cpu *cpu, enum ia32_fast_kind kind,
                         unsigned seg, uint64_t offset, unsigned *bytes)
{
    uint64_t la;
    uint8_t *p;
    unsigned granule;

    *bytes = usual_run(cpu, seg, offset, *bytes, &la);
    if (*bytes == 0 || checks_alignment(cpu))
        return NULL;
    p = ia32_fast_find(cpu->tlb, kind, first_context(cpu, 0), la, 1);
    if (p)
        return p;
    p = look_again(cpu, kind, la, 1, 0);
    granule = 1u << VT_CODE_GRANULE_SHIFT; /* perhaps p is beside code */
    granule -= (unsigned)la & (granule - 1);
    if (kind == IA32_FAST_WRITE && *bytes > granule)
        *bytes = granule;
    return p;
}

const uint8_t *ia32_host_read(struct ia32_cpu *cpu, unsigned seg,
                              uint64_t offset, unsigned wanted,
                              unsigned *bytes)
{
    *bytes = wanted;
    return host_run(cpu, IA32_FAST_READ, seg, offset, bytes);
}

uint8_t *ia32_host_write(struct ia32_cpu *cpu, unsigned seg, uint64_t offset,
                         unsigned wanted, unsigned *bytes)
{
    *bytes = wanted;
    return host_run(cpu, IA32_FAST_WRITE, seg, offset, bytes);
}

enum ia32_status ia32_probe_write(struct ia32_cpu *cpu, unsigned seg,
                                  uint64_t offset, unsigned bytes)
{
    uint64_t la;

    IA32_TRY(ia32_linear(cpu, seg, offset, bytes, IA32_ACC_W, &la));
    return ia32_la_probe(cpu, la, bytes, IA32_ACC_W);
}

/* --- stack ------------------------------------------------------------------------- */

static uint64_t stack_offset(const struct ia32_cpu *cpu, uint64_t rsp)
{
    return rsp & ~UINT64_C(0) >> (64 - 8 * ia32_stack_size(cpu));
}

/* SP, ESP: what the B bit of SS does not cover stays. */
static void set_stack(struct ia32_cpu *cpu, uint64_t offset)
{
    ia32_set_reg(cpu, IA32_RSP, ia32_stack_size(cpu), offset);
}

enum ia32_status ia32_push(struct ia32_cpu *cpu, unsigned size_bytes,
                           uint64_t value)
{
    uint64_t offset = stack_offset(cpu, cpu->gpr[IA32_RSP] - size_bytes);

    IA32_TRY(ia32_write(cpu, IA32_SS, offset, size_bytes, value));
    set_stack(cpu, offset);
    return IA32_OK;
}

enum ia32_status ia32_pop(struct ia32_cpu *cpu, unsigned size_bytes,
                          uint64_t *value)
{
    uint64_t offset = stack_offset(cpu, cpu->gpr[IA32_RSP]);

    IA32_TRY(ia32_read(cpu, IA32_SS, offset, size_bytes, value));
    set_stack(cpu, offset + size_bytes);
    return IA32_OK;
}
