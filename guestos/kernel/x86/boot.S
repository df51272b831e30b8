/* SPDX-License-Identifier: MIT
 *
 * PVH entry: QEMU jumps to pvh_entry in 32-bit protected mode without paging,
 * ebx = physical address of struct hvm_start_info (Xen's "x86/HVM direct boot
 * ABI").  Builds boot page tables (the first 4 GiB at 0 and in the direct map,
 * the first GiB at the kernel's address), enters long mode, calls kmain.
 */
#define KERNEL_BASE 0xffffffff80000000
#define PHYS(x) ((x) - KERNEL_BASE)

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad PHYS(pvh_entry)

    .section .bss.boot, "aw", @nobits
    .balign 4096
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_pdpt_high: .skip 4096
boot_pd: .skip 4 * 4096

    .section .rodata.boot, "a"
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff /* 0x08: 64-bit code */
    .quad 0x00cf92000000ffff /* 0x10: data */
boot_gdt_end:
boot_gdt_ptr:
    .word boot_gdt_end - boot_gdt - 1
    .long PHYS(boot_gdt)

    .section .text.boot, "ax"
    .code32
    .globl pvh_entry
pvh_entry:
    cli
    cld
    movl $PHYS(boot_pd), %edi       /* 2048 entries of 2 MiB */
    movl $0x83, %eax
    movl $2048, %ecx
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $0x200000, %eax
    addl $8, %edi
    loop 1b
    movl $PHYS(boot_pd) + 3, %eax
    movl %eax, PHYS(boot_pdpt)
    movl %eax, PHYS(boot_pdpt_high) + 510 * 8
    addl $0x1000, %eax
    movl %eax, PHYS(boot_pdpt) + 8
    addl $0x1000, %eax
    movl %eax, PHYS(boot_pdpt) + 16
    addl $0x1000, %eax
    movl %eax, PHYS(boot_pdpt) + 24
    movl $PHYS(boot_pdpt) + 3, %eax
    movl %eax, PHYS(boot_pml4)
    movl %eax, PHYS(boot_pml4) + 256 * 8
    movl $PHYS(boot_pdpt_high) + 3, %eax
    movl %eax, PHYS(boot_pml4) + 511 * 8

    movl %cr4, %eax
    orl $0x20, %eax                 /* PAE */
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx          /* EFER.LME */
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax           /* PG, WP, PE */
    movl %eax, %cr0
    lgdt PHYS(boot_gdt_ptr)
    ljmp $0x08, $PHYS(long_mode)

    .code64
long_mode:
    movabsq $high_half, %rax
    jmp *%rax
high_half:
    movl $0x10, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    leaq kernel_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    movl %ebx, %edi
    call kmain
    ud2
    .section .note.GNU-stack, "", @progbits
