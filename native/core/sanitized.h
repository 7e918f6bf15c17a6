// SYSVMQ_SANITIZED is defined when AddressSanitizer or ThreadSanitizer is on. GCC and Clang signal that differently.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SYSVMQ_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SYSVMQ_SANITIZED 1
#endif
#endif
