# SPDX-License-Identifier: GPL-3.0-or-later
# A boot sector that does for a floppy what a Multiboot loader does for a
# file: the sectors behind it go to 1 MiB, the processor to 32-bit protected
# mode, and EAX and EBX say so.  For emulators that boot only disks.
#
#   sector 0     this
#   sector 1     the command line, ended by a 0
#   sector 2...  the program as it stands in memory from 1 MiB on
#
# Multiboot Specification 0.6.96, "Machine state" and "Boot information
# format"; INT 13H, function 02H, of the PC's BIOS.  Read errors stop it: this
# is for images, not for floppies.
        .file   "boot.S"
        .set    STAGE, 0x10000          # where the sectors are read to
        .set    LINE, STAGE             # sector 1: the command line
        .set    PROGRAM, STAGE + 512
        .set    INFO, 0x600             # Multiboot information
        .set    PER_TRACK, 18
        .set    COM_SECTORS, 320        # read; up to 160 KiB of program

        .code16
        .text
        .globl  boot
boot:   ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movw    $STAGE >> 4, %di        # segment of the next sector
        movw    $1, %si                 # its number on the disk
read:   movw    %si, %ax                # LBA to cylinder, head, sector
        xorw    %dx, %dx
        movw    $PER_TRACK, %bx
        divw    %bx
        movw    %dx, %cx
        incw    %cx                     # CL: sector, from 1
        movb    %al, %dh
        andb    $1, %dh                 # DH: head
        shrw    $1, %ax
        movb    %al, %ch                # CH: cylinder
        movb    $0, %dl                 # DL: first floppy drive
        movw    %di, %es
        xorw    %bx, %bx
        movw    $0x0201, %ax
        int     $0x13
        jc      stop
        addw    $512 >> 4, %di
        incw    %si
        cmpw    $COM_SECTORS, %si
        jbe     read

        inb     $0x92, %al              # A20
        orb     $2, %al
        outb    %al, $0x92
        cli
        lgdt    gdt_register
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $0x08, $protected
stop:   hlt
        jmp     stop

        .code32
protected:
        movl    $0x10, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $0x7c00, %esp
        movl    $PROGRAM, %esi
        movl    $0x100000, %edi
        movl    $(COM_SECTORS - 1) * 128, %ecx
        rep movsl
        movl    $4, INFO                # flags: only a command line
        movl    $LINE, INFO + 16
        movl    $INFO, %ebx
        movl    $0x2badb002, %eax
        movl    $0x100000, %edx
        jmp     *%edx

        .align  8
gdt:    .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
gdt_register:
        .word   . - gdt - 1
        .long   gdt
        .org    510
        .word   0xaa55
