#pragma once
// Marks what the library exports; everything else is hidden.

#if defined(_WIN32)
#define OPIK_API
#else
#define OPIK_API __attribute__((visibility("default")))
#endif

// Whether this translation unit may throw and catch (a program may be built with -fno-exceptions; the library does not mind).
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define OPIK_HAS_EXCEPTIONS 1
#else
#define OPIK_HAS_EXCEPTIONS 0
#endif
