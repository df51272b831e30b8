/* SPDX-License-Identifier: MIT
 *
 * The KVM probe.  Guest memory: page 0 GDT-less long mode code, then three page
 * tables that map the first 2 MiB.  The code runs a loop, then one syscall and
 * sysret round trip (which the emulator lacks), and leaves through a port
 * write.  A timer signal breaks KVM_RUN off when the loop takes too long.
 */
#include "accel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"

#define PROBE_MEM 0x10000u
#define PROBE_CODE 0x1000u
#define PROBE_USER 0x2000u
#define PROBE_PML4 0x4000u
#define PROBE_LOOPS 10000u
#define PROBE_INSNS (2u * PROBE_LOOPS)
#define PROBE_RUNS 5
#define PROBE_MAX_NS_PER_INSN 250u /* true hardware: below 2; nested in an emulator: below 100 */
#define PROBE_DEADLINE_MS 1000
#define PROBE_PORT 0x80

struct probe {
    int kvm, vm, vcpu;
    uint8_t *mem;
    struct kvm_run *run;
    size_t run_size;
    uint64_t ns;
    const char *failed; /* what failed, with errno in `error` */
    int error;
};

/* Kernel part at PROBE_CODE:
 *   mov ecx, LOOPS; 1: dec ecx; jnz 1b
 *   mov ecx, PROBE_USER; mov r11d, 2; sysretq        -> user part, cpl 3
 * User part at PROBE_USER:
 *   syscall                                           -> lstar
 * lstar at PROBE_CODE + 0x80:
 *   mov al, 0x5a; out PROBE_PORT, al; hlt */
static void put_code(uint8_t *mem)
{
    static const uint8_t kernel[] = {
        0xb9,
        PROBE_LOOPS & 0xff,
        PROBE_LOOPS >> 8 & 0xff,
        PROBE_LOOPS >> 16,
        0, /* mov ecx */
        0xff,
        0xc9, /* dec ecx */
        0x75,
        0xfc, /* jnz -4 */
        0xb9,
        PROBE_USER & 0xff,
        PROBE_USER >> 8,
        0,
        0, /* mov ecx */
        0x41,
        0xbb,
        2,
        0,
        0,
        0, /* mov r11d, 2 */
        0x48,
        0x0f,
        0x07, /* sysretq */
    };
    static const uint8_t user[] = {0x0f, 0x05};
    static const uint8_t done[] = {0xb0, 0x5a, 0xe6, PROBE_PORT, 0xf4};

    memcpy(mem + PROBE_CODE, kernel, sizeof(kernel));
    memcpy(mem + PROBE_CODE + 0x80, done, sizeof(done));
    memcpy(mem + PROBE_USER, user, sizeof(user));
}

static void put_tables(uint8_t *mem)
{
    uint64_t pml4 = (PROBE_PML4 + 0x1000) | 7, pdpt = (PROBE_PML4 + 0x2000) | 7;
    uint64_t pd = 0 | 0x87; /* 2 MiB page at 0: present, writable, user */

    memcpy(mem + PROBE_PML4, &pml4, 8);
    memcpy(mem + PROBE_PML4 + 0x1000, &pdpt, 8);
    memcpy(mem + PROBE_PML4 + 0x2000, &pd, 8);
}

static int failed(struct probe *p, const char *what)
{
    p->failed = what;
    p->error = errno;
    return -1;
}

static int make_vm(struct probe *p)
{
    struct kvm_userspace_memory_region region = {.memory_size = PROBE_MEM};
    int size;

    p->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (p->kvm < 0)
        return failed(p, "opening /dev/kvm");
    if (ioctl(p->kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
        return failed(p, "unknown version of KVM's interface");
    p->vm = ioctl(p->kvm, KVM_CREATE_VM, 0);
    if (p->vm < 0)
        return failed(p, "creating a VM");
    p->mem = mmap(NULL, PROBE_MEM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p->mem == MAP_FAILED)
        return failed(p, "mapping memory");
    put_code(p->mem);
    put_tables(p->mem);
    region.userspace_addr = (uint64_t)(uintptr_t)p->mem;
    if (ioctl(p->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
        return failed(p, "giving the VM memory");
    p->vcpu = ioctl(p->vm, KVM_CREATE_VCPU, 0);
    if (p->vcpu < 0)
        return failed(p, "creating a vCPU");
    size = ioctl(p->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size <= 0)
        return failed(p, "asking for the vCPU's run area");
    p->run_size = (size_t)size;
    p->run = mmap(NULL, p->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, p->vcpu, 0);
    return p->run == MAP_FAILED ? failed(p, "mapping the vCPU's run area") : 0;
}

static void segment(struct kvm_segment *s, uint16_t selector, uint8_t type, bool code)
{
    memset(s, 0, sizeof(*s));
    s->limit = 0xffffffff;
    s->selector = selector;
    s->type = type;
    s->present = 1;
    s->s = 1;
    s->g = 1;
    s->l = code;
    s->db = !code;
}

static int give_cpuid(struct probe *p)
{
    const unsigned n = 128;
    struct kvm_cpuid2 *id = calloc(1, sizeof(*id) + n * sizeof(id->entries[0]));
    int r = 0;

    if (!id)
        return failed(p, "allocating memory");
    id->nent = n;
    if (ioctl(p->kvm, KVM_GET_SUPPORTED_CPUID, id) < 0)
        r = failed(p, "asking for the processor's features");
    else if (ioctl(p->vcpu, KVM_SET_CPUID2, id) < 0)
        r = failed(p, "giving the vCPU its features");
    free(id);
    return r;
}

static int set_msrs(struct probe *p)
{
    const struct kvm_msr_entry entries[] = {
        {.index = 0xc0000081, .data = 0x0013000800000000ull}, /* STAR */
        {.index = 0xc0000082, .data = PROBE_CODE + 0x80},     /* LSTAR */
        {.index = 0xc0000084, .data = 0x200},                 /* FMASK */
    };
    struct kvm_msrs *m = calloc(1, sizeof(*m) + sizeof(entries));
    int r = 0;

    if (!m)
        return failed(p, "allocating memory");
    m->nmsrs = 3;
    memcpy(m->entries, entries, sizeof(entries));
    if (ioctl(p->vcpu, KVM_SET_MSRS, m) != 3)
        r = failed(p, "setting system call registers");
    free(m);
    return r;
}

static int set_registers(struct probe *p)
{
    struct kvm_regs regs = {.rip = PROBE_CODE, .rsp = 0x3ff0, .rflags = 2};
    struct kvm_sregs s;

    if (ioctl(p->vcpu, KVM_GET_SREGS, &s) < 0)
        return failed(p, "reading registers");
    segment(&s.cs, 8, 11, true);
    segment(&s.ss, 16, 3, false);
    s.ds = s.es = s.fs = s.gs = s.ss;
    s.cr3 = PROBE_PML4;
    s.cr4 = 0x20;       /* PAE */
    s.cr0 = 0x80010033; /* PG WP NE ET MP PE */
    s.efer = 0x501;     /* LMA LME SCE */
    if (ioctl(p->vcpu, KVM_SET_SREGS, &s) < 0)
        return failed(p, "setting system registers");
    if (ioctl(p->vcpu, KVM_SET_REGS, &regs) < 0)
        return failed(p, "setting registers");
    return set_msrs(p);
}

static void run_once(struct probe *p)
{
    uint64_t start = hva_now_ns();

    errno = 0;
    if (ioctl(p->vcpu, KVM_RUN, 0) < 0)
        failed(p, errno == EINTR ? "test loop did not end in time" : "running the VM");
    else if (p->run->exit_reason != KVM_EXIT_IO || p->run->io.port != PROBE_PORT)
        failed(p, "the VM stopped in an unexpected way");
    p->ns = hva_now_ns() - start;
}

static bool is_fast(uint64_t ns)
{
    return ns <= (uint64_t)PROBE_MAX_NS_PER_INSN * PROBE_INSNS;
}

/* The best run counts.  One can be slow for other reasons than emulation: the first pays
 * for the VM's page faults, which are dear where the processor that KVM runs on is
 * emulated itself, and any can lose its processor to somebody else. */
static void run_best(struct probe *p)
{
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < PROBE_RUNS && !is_fast(best) && !p->failed; i++) {
        if (set_registers(p) == 0)
            run_once(p);
        best = p->ns < best ? p->ns : best;
    }
    p->ns = best;
}

static void wake(int sig)
{
    (void)sig; /* only there to make KVM_RUN return with EINTR */
}

static int arm_timer(timer_t *ret)
{
    struct sigaction act = {.sa_handler = wake};
    struct sigevent ev = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 3};
    struct itimerspec when = {.it_value = {.tv_sec = PROBE_DEADLINE_MS / 1000,
                                           .tv_nsec = PROBE_DEADLINE_MS % 1000 * 1000000},
                              .it_interval = {.tv_nsec = 100000000}};

    ev._sigev_un._tid = (int)syscall(SYS_gettid);
    if (sigaction(SIGRTMIN + 3, &act, NULL) < 0 || timer_create(CLOCK_MONOTONIC, &ev, ret) < 0)
        return -1;
    return timer_settime(*ret, 0, &when, NULL);
}

static void probe_close(struct probe *p)
{
    if (p->run && p->run != MAP_FAILED)
        munmap(p->run, p->run_size);
    hva_close_fd(&p->vcpu);
    hva_close_fd(&p->vm);
    hva_close_fd(&p->kvm);
    if (p->mem && p->mem != MAP_FAILED)
        munmap(p->mem, PROBE_MEM);
}

static void judge(const struct probe *p, struct hva_accel_probe *ret)
{
    double per = (double)p->ns / PROBE_INSNS;

    if (p->failed && p->error)
        snprintf(ret->why, sizeof(ret->why), "%s: %s", p->failed, strerror(p->error));
    else if (p->failed)
        snprintf(ret->why, sizeof(ret->why), "%s", p->failed);
    else if (!is_fast(p->ns))
        snprintf(ret->why, sizeof(ret->why),
                 "/dev/kvm is there but takes %.0f ns per instruction: it emulates", per);
    else
        snprintf(ret->why, sizeof(ret->why), "/dev/kvm runs guest code at %.1f ns per instruction",
                 per);
    ret->kvm = !p->failed && is_fast(p->ns);
}

static void *probe_thread(void *arg)
{
    struct probe p = {.kvm = -1, .vm = -1, .vcpu = -1};
    timer_t timer;

    if (make_vm(&p) == 0 && give_cpuid(&p) == 0) {
        if (arm_timer(&timer) == 0) {
            run_best(&p);
            timer_delete(timer);
        } else {
            failed(&p, "arming the probe's timer");
        }
    }
    judge(&p, arg);
    probe_close(&p);
    return NULL;
}

void hva_accel_probe(struct hva_accel_probe *ret)
{
    pthread_t thread;

    memset(ret, 0, sizeof(*ret));
    if (pthread_create(&thread, NULL, probe_thread, ret) != 0) {
        snprintf(ret->why, sizeof(ret->why), "no thread for the probe");
        return;
    }
    pthread_join(thread, NULL);
}
