/*
 * Part of every fuzzer: no input may take more memory than this at once, however it is made up. libFuzzer's own
 * limits are of one allocation, or of all of the process, most of which is libFuzzer's and the sanitizer's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <sanitizer/allocator_interface.h>

#define FUZZ_MEMORY_MAX (64UL << 20)

int __real_LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t fuzz_limit = SIZE_MAX; /* bytes, with what there was before the input */

static void
fuzz_on_malloc(const volatile void *pointer, size_t size)
{
	(void)pointer;
	if (__sanitizer_get_current_allocated_bytes() <= fuzz_limit)
		return;
	fuzz_limit = SIZE_MAX; /* what reports it allocates too */
	fprintf(stderr, "more than %lu MB at once, with the last %zu bytes\n",
	    FUZZ_MEMORY_MAX >> 20, size);
	abort();
}

static void
fuzz_on_free(const volatile void *pointer)
{
	(void)pointer;
}

/* What libFuzzer calls, in the place of the target's: see CMakeLists.txt. */
int
__wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int watched;
	int result;

	if (!watched)
		watched = __sanitizer_install_malloc_and_free_hooks(fuzz_on_malloc, fuzz_on_free);
	if (!watched)
		abort();
	fuzz_limit = __sanitizer_get_current_allocated_bytes() + FUZZ_MEMORY_MAX;
	result = __real_LLVMFuzzerTestOneInput(data, size);
	fuzz_limit = SIZE_MAX;
	return result;
}
