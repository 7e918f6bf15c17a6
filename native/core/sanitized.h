// SYSVMQ_SANITIZED: whether this is compiled for AddressSanitizer or ThreadSanitizer. Compilers tell in different ways.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SYSVMQ_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SYSVMQ_SANITIZED 1
#endif
#endif
