/* SPDX-License-Identifier: MIT */
/*
 * A switch keeps what the calling convention says a call keeps: the callee-saved registers and the stack
 * pointer. The rest the compiler has saved around the call, as around any.
 *
 * On x86-64 that is written out: six registers go onto the stack that is left, and come from the one that
 * goes on. A stack that was never entered is laid out as if it had been left just before its first function
 * is called. The jump back is none by ret: the processor foretells that by the calls it has seen, which were
 * another stack's.
 *
 * Elsewhere _setjmp and _longjmp do it (swapcontext makes a system call for the signal mask at every switch),
 * and the first entry is by setcontext. It takes some hundred instructions more, most of them glibc's search
 * for cleanup handlers to run. glibc's fortified longjmp takes a jump to another stack for an attack and
 * aborts: fortification is off in this file. With a shadow stack (CET), which only glibc can switch, this way
 * is taken, too.
 *
 * What can go wrong: a stack not aligned as the convention says, at its first function (the first
 * floating-point value that is spilled faults); a backtrace that runs off its end (the frame below the first
 * says that there is none); a thread-local address kept across a switch, which is no matter of this file: it
 * calls nothing.
 */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 0

#include "run/switch.h"

#include <stdint.h>

#ifdef HARNESS__SWITCH_X86_64

void harness__stack_switch(void **from, void *to);
void harness__stack_begin(void);

__asm__(".text\n"
        ".p2align 4\n"
        ".globl harness__stack_switch\n"
        ".hidden harness__stack_switch\n"
        ".type harness__stack_switch, @function\n"
        "harness__stack_switch:\n"
        "  .cfi_startproc\n"
        "  pushq %rbp\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset rbp, 0\n"
        "  pushq %rbx\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset rbx, 0\n"
        "  pushq %r12\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset r12, 0\n"
        "  pushq %r13\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset r13, 0\n"
        "  pushq %r14\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset r14, 0\n"
        "  pushq %r15\n"
        "  .cfi_adjust_cfa_offset 8\n"
        "  .cfi_rel_offset r15, 0\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore r15\n"
        "  popq %r14\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore r14\n"
        "  popq %r13\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore r13\n"
        "  popq %r12\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore r12\n"
        "  popq %rbx\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore rbx\n"
        "  popq %rbp\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_restore rbp\n"
        "  popq %rcx\n"
        "  .cfi_adjust_cfa_offset -8\n"
        "  .cfi_register rip, rcx\n"
        "  jmpq *%rcx\n"
        "  .cfi_endproc\n"
        ".size harness__stack_switch, . - harness__stack_switch\n"
        /* The first function's address and argument come in registers that a switch restores. */
        ".p2align 4\n"
        ".globl harness__stack_begin\n"
        ".hidden harness__stack_begin\n"
        ".type harness__stack_begin, @function\n"
        "harness__stack_begin:\n"
        "  .cfi_startproc\n"
        "  .cfi_undefined rip\n"
        "  movq %r12, %rdi\n"
        "  callq *%r13\n"
        "  ud2\n"
        "  .cfi_endproc\n"
        ".size harness__stack_begin, . - harness__stack_begin\n");

void harness__context_make(harness__context_t *context, void *low, size_t size, void (*begin)(void *arg),
                           void *arg) {
  uintptr_t top = ((uintptr_t)low + size) & ~(uintptr_t)15;
  uintptr_t *sp = (uintptr_t *)top - 9;

  /* As they are popped: r15, r14, r13, r12, rbx, rbp, where to go on; then what ends a walk through the
   * frames. */
  sp[0] = 0;
  sp[1] = 0;
  sp[2] = (uintptr_t)begin;
  sp[3] = (uintptr_t)arg;
  sp[4] = 0;
  sp[5] = 0;
  sp[6] = (uintptr_t)harness__stack_begin;
  sp[7] = 0;
  sp[8] = 0;
  context->sp = sp;
}

void harness__context_switch(harness__context_t *from, harness__context_t *to) {
  harness__stack_switch(&from->sp, to->sp);
}

#else

#include <ucontext.h>

void harness__context_make(harness__context_t *context, void *low, size_t size, void (*begin)(void *arg),
                           void *arg) {
  context->low = low;
  context->size = size;
  context->begin = begin;
  context->arg = arg;
}

/* makecontext passes ints only. */
static void begin(unsigned high, unsigned low) {
  harness__context_t *context = (harness__context_t *)((uintptr_t)high << 16 << 16 | (uintptr_t)low);

  context->begin(context->arg);
}

/* Comes back through a jump, never through here, which is why AddressSanitizer must not put red zones on this
 * frame: nobody would take them away. */
__attribute__((no_sanitize("address"))) static void enter(harness__context_t *to) {
  uintptr_t self = (uintptr_t)to;
  ucontext_t first;

  (void)getcontext(&first);
  first.uc_stack.ss_sp = to->low;
  first.uc_stack.ss_size = to->size;
  first.uc_link = NULL;
  to->low = NULL;
  makecontext(&first, (void (*)(void))begin, 2, (unsigned)(self >> 16 >> 16), (unsigned)(self & 0xffffffffU));
  (void)setcontext(&first);
}

void harness__context_switch(harness__context_t *from, harness__context_t *to) {
  if (_setjmp(from->jump) != 0)
    return;
  if (to->low != NULL)
    enter(to);
  _longjmp(to->jump, 1);
}

#endif
