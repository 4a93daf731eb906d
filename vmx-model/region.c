/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The VMCS: its region in memory, and the copy that the processor keeps
 * while the VMCS is current.
 *
 * A region is VMX_REGION_BYTES long, little-endian:
 *
 *     0   VMCS revision identifier (software writes it, bits 30:0)
 *     4   VMX-abort indicator
 *     8   launch state: 0 clear, else the number of the VMXON in whose
 *         time it was launched
 *    12   0
 *    16   the fields of fields.def in order, 8 bytes each
 *
 * The manual leaves the layout to the processor, and lets it keep any part
 * of an active VMCS to itself until VMCLEAR.  This model keeps the current
 * VMCS to itself; VMPTRLD of another one, VMCLEAR and VMXOFF write it back.
 * So after VMCLEAR the memory is the truth, and software that writes into
 * the region of a current VMCS loses what it wrote (event "vmcs-edited").
 *
 * SDM 325462, Vol 3C, "Format of the VMCS Region" and "Software Use of the
 * VMCS and Related Structures". */
#include "sim/ia32/exec.h"
#include "vmx-model/vmx_priv.h"

#define AT_ABORT 4u
#define AT_LAUNCH 8u
#define AT_FIELDS 16u

_Static_assert(AT_FIELDS + 8 * VMX_FIELD_COUNT <= VMX_REGION_BYTES,
               "the fields fit the region");
_Static_assert(VMX_REGION_BYTES <= 4096, "a region is at most 4 KiB");

/* --- fields ------------------------------------------------------------ */

/* Encodings are sorted; bit 0 is no part of the row.  The manual reserves
 * bit 12 and bits 31:15. */
int vmx_field_by_encoding(uint64_t encoding)
{
    unsigned lo = 0, hi = VMX_FIELD_COUNT;
    uint64_t want = encoding & ~UINT64_C(1);
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        if (vmx_fields[mid].encoding < want)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == VMX_FIELD_COUNT || vmx_fields[lo].encoding != want)
        return -1;
    /* Only 64-bit fields have a high half. */
    return (encoding & 1) && vmx_fields[lo].width != 64 ? -1 : (int)lo;
}

uint64_t vmx_field_read(const struct vmx *vmx, int id, bool high)
{
    return high ? vmx->field[id] >> 32 : vmx->field[id];
}

void vmx_field_write(struct vmx *vmx, int id, bool high, uint64_t value)
{
    uint64_t *field = &vmx->field[id];
    unsigned bits =
        vmx_field_bits((enum vmx_field_id)id, vmx_intel64(vmx_cpu(vmx)));
    /* A 32-bit VMWRITE to the whole of a 64-bit field clears its high half,
     * so software writes that second.  SDM Vol 3C, "VMREAD, VMWRITE, and
     * Encodings of VMCS Fields". */
    if (high)
        *field = (*field & UINT64_C(0xffffffff)) | value << 32;
    else
        *field = value & VT_BITS(bits - 1, 0);
}

/* --- regions ----------------------------------------------------------- */

/* Without Intel 64 IA32_VMX_BASIC[48] is 1: no bits above 31. */
uint64_t vmx_beyond_width(const struct vmx *vmx)
{
    const struct ia32_cpu *cpu = vmx_cpu(vmx);
    return ~(VT_BIT(vmx_intel64(cpu) ? cpu->pa_bits : 32) - 1);
}

bool vmx_pointer_ok(const struct vmx *vmx, uint64_t pointer)
{
    return !(pointer & 0xfff) && !(pointer & vmx_beyond_width(vmx));
}

static uint32_t read32(struct vmx *vmx, uint64_t pa)
{
    return (uint32_t)ia32_pa_read(vmx_cpu(vmx), pa, 4);
}

static uint32_t region_crc(struct vmx *vmx, uint64_t pointer)
{
    uint8_t bytes[VMX_REGION_BYTES];
    for (unsigned i = 0; i < VMX_REGION_BYTES; i += 8)
        vt_st64le(bytes + i, ia32_pa_read(vmx_cpu(vmx), pointer + i, 8));
    return vt_crc32(bytes, sizeof bytes);
}

void vmx_load_region(struct vmx *vmx, uint64_t pointer)
{
    vmx->current = pointer;
    vmx->launch_session = read32(vmx, pointer + AT_LAUNCH);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++) {
        uint64_t v =
            ia32_pa_read(vmx_cpu(vmx), pointer + AT_FIELDS + 8 * i, 8);
        vmx_field_write(vmx, (int)i, false, v);
    }
    vmx->region_crc = region_crc(vmx, pointer);
}

static void tell_edited(struct vmx *vmx)
{
    struct vt_event event = {.kind = VT_EV_DIAG};
    event.u.diag.id = "vmcs-edited";
    event.u.diag.text = "software wrote into the region of a current VMCS; "
                        "the processor's own copy has overwritten it";
    event.u.diag.a = vmx->current;
    ia32_emit(vmx_cpu(vmx), &event);
}

void vmx_store_region(struct vmx *vmx)
{
    uint64_t pa = vmx->current;
    if (pa == VMX_NO_POINTER)
        return;
    if (region_crc(vmx, pa) != vmx->region_crc)
        tell_edited(vmx);
    ia32_pa_write(vmx_cpu(vmx), pa + AT_LAUNCH, 4, vmx->launch_session);
    for (unsigned i = 0; i < VMX_FIELD_COUNT; i++)
        ia32_pa_write(vmx_cpu(vmx), pa + AT_FIELDS + 8 * i, 8,
                      vmx->field[i]);
    vmx->region_crc = region_crc(vmx, pa);
}

void vmx_clear_region(struct vmx *vmx, uint64_t pointer)
{
    if (pointer == vmx->current) {
        vmx->launch_session = 0;
        vmx_store_region(vmx);
        vmx->current = VMX_NO_POINTER;
        return;
    }
    ia32_pa_write(vmx_cpu(vmx), pointer + AT_LAUNCH, 4, 0);
}

void vmx_write_abort(struct vmx *vmx, enum vmx_abort indicator)
{
    ia32_pa_write(vmx_cpu(vmx), vmx->current + AT_ABORT, 4, indicator);
}
