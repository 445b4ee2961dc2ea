"""The two tables of builder kinds: what is configured, built and tested, and how. No code decides here.

Sources of flags and test options: python/buildmaster-config, master/custom/factories.py; PEP 11 for the tiers.
A kind whose `enabled` is false exists as configuration: turn it on where a worker has its tags.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60
MAIN = "main"  # as `since` of a kind or a worker: no other branch
ASAN_OPTIONS = ("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1:handle_segv=0")
UBSAN_OPTIONS = ("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")


@dataclass(frozen=True)
class Kind:
    """One row: a way to build and test the interpreter. It becomes one builder on each live branch.

    `needs` are the tags that a worker must have. `timeout_s` is for one test file. `steps` names the list of steps in
    `commands.py`. `fresh` removes everything that an earlier build left; without it objects are kept and make decides.
    `since` and `until` are the first and the last branch (`3.13`) that can be built so; empty: all. Since `main`: main
    alone, whatever its number.
    `only` names the workers that it runs on, where a tag would say too little; empty: all that have the tags.
    """

    name: str
    kind: str
    tier: int
    stable: bool
    needs: tuple[str, ...]
    configure: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    make: tuple[str, ...] = ()
    test_options: tuple[str, ...] = ()
    timeout_s: int = 20 * MINUTE
    steps: str = "unix"
    fresh: bool = True
    since: str = ""
    until: str = ""
    only: tuple[str, ...] = ()
    enabled: bool = True
    program: str = "python"  # what `make install` calls the interpreter
    bisect: tuple[str, ...] = ()  # options with which the runner names the methods that leak, in builds of a few tests
    rank: int = 1  # who goes first on a busy worker: 0 quick ones, 1 the others, 2 the long ones
    nightly: bool = False  # built every night, and when somebody asks for it by name; no merge waits for it

    @property
    def slow(self) -> bool:
        """Whether a push waits long for quiet before it is built so: each of its builds takes hours."""
        return "-R" in self.test_options


LINUX = ("x86-64", "linux")
BIG_ENDIAN, ARM = "--host=s390x-linux-gnu", "--host=aarch64-linux-gnu"  # built on any Linux, run by qemu-user
QUICK = ("-u-cpu",)  # every merge waits for these; the builder "installed" takes the long tests too
REFLEAK = ("-R", "3:3", "-u-cpu")
PYDEBUG = "--with-pydebug"
ASAN = ("--without-pymalloc", "--with-address-sanitizer")
UBSAN = "--with-undefined-behavior-sanitizer"
PGO = ("--with-lto", "--enable-optimizations")
RELEASE = ("CFLAGS=-UNDEBUG",)  # optimised, assertions on
TSAN = "--with-thread-sanitizer"
VALGRIND_BUILD = (PYDEBUG, "--with-valgrind", "--without-pymalloc")
VALGRIND_TESTS = ("test_grammar", "test_syntax", "test_tokenize", "test_fstring", "test_ast", "test_exceptions")
X64, ARM64, WINDOWS = ("-p", "x64"), ("-p", "ARM64"), ("x86-64", "windows")
ANDROID_TESTS = ("-uall", "--single-process", "--rerun", "-W")

# The simulator's libraries, made before and put where every worker of this kind has them.
IOS_LIBRARIES = "/Users/buildbot/support/iphonesimulator.arm64"
IOS = (
    PYDEBUG,
    f"--with-openssl={IOS_LIBRARIES}/openssl",
    "--build=arm64-apple-darwin",
    "--host=arm64-apple-ios-simulator",
    "--with-build-python=../build/python.exe",
    "--enable-framework",
)
IOS_ENVIRON = (
    ("PATH", "../../iOS/Resources/bin:/usr/bin:/bin:/usr/sbin:/sbin:/Library/Apple/usr/bin"),
    ("LIBLZMA_CFLAGS", f"-I{IOS_LIBRARIES}/xz/include"),
    ("LIBLZMA_LIBS", f"-L{IOS_LIBRARIES}/xz/lib -llzma"),
    ("BZIP2_CFLAGS", f"-I{IOS_LIBRARIES}/bzip2/include"),
    ("BZIP2_LIBS", f"-L{IOS_LIBRARIES}/bzip2/lib -lbz2"),
    ("LIBFFI_CFLAGS", f"-I{IOS_LIBRARIES}/libffi/include"),
    ("LIBFFI_LIBS", f"-L{IOS_LIBRARIES}/libffi/lib -lffi"),
)

RABBIT: tuple[Kind, ...] = (
    # fmt: off
    Kind("debug", "debug", 1, True, LINUX, (PYDEBUG,), test_options=QUICK, fresh=False, rank=0),
    Kind("release", "release", 1, True, LINUX, test_options=QUICK, fresh=False, rank=0),
    Kind(
        "asan",
        "asan",
        1,
        True,
        (*LINUX, "asan"),
        ASAN,
        (ASAN_OPTIONS,),
        test_options=QUICK,
        timeout_s=35 * MINUTE,
        fresh=False,
    ),
    Kind(
        "refleak",
        "refleak",
        1,
        True,
        LINUX,
        (PYDEBUG,),
        test_options=REFLEAK,
        timeout_s=45 * MINUTE,
        fresh=False,
        bisect=("--bisect",),
        rank=2,
    ),
    Kind("nondebug", "nondebug", 2, False, LINUX, RELEASE, enabled=False),
    Kind(
        "ubsan",
        "ubsan",
        2,
        False,
        (*LINUX, "ubsan"),
        (UBSAN,),
        (UBSAN_OPTIONS,),
        test_options=QUICK,
        fresh=False,
        rank=2,
        nightly=True,
    ),
    Kind(
        "s390x",
        "s390x",
        3,
        False,
        ("linux", "s390x-cross"),
        (BIG_ENDIAN, PYDEBUG),
        test_options=QUICK,
        timeout_s=60 * MINUTE,
        fresh=False,
        rank=2,
    ),
    Kind(
        "aarch64",
        "aarch64",
        2,
        False,
        ("linux", "aarch64-cross"),
        (ARM, PYDEBUG),
        test_options=QUICK,
        timeout_s=60 * MINUTE,
        fresh=False,
        rank=2,
    ),
    Kind("lto-pgo", "lto-pgo", 2, False, LINUX, PGO, enabled=False),
    Kind("traceref", "traceref", 2, False, LINUX, (PYDEBUG, "--with-trace-refs"), enabled=False),
    Kind("clang", "clang", 2, False, (*LINUX, "clang"), ("CC=clang",), enabled=False),
    Kind("installed", "installed", 2, False, LINUX, steps="installed", program="rabbit", enabled=False),
    Kind("tsan", "tsan", 2, False, (*LINUX, "tsan"), (TSAN,), test_options=QUICK, enabled=False),
    Kind(
        "valgrind",
        "valgrind",
        2,
        False,
        (*LINUX, "valgrind"),
        (PYDEBUG, "--without-pymalloc"),
        test_options=("test_int", "test_list"),
        timeout_s=100 * MINUTE,
        steps="wrapped",
        program="rabbit",
        enabled=False,
    ),
    Kind(
        "bench",
        "bench",
        0,
        False,
        LINUX,
        ("--enable-optimizations",),
        test_options=("python3", "Tools/judges/bench.py", "--rabbit", "./rabbit"),
        steps="bench",
        program="rabbit",
        enabled=False,
    ),
    # fmt: on
)

CPYTHON: tuple[Kind, ...] = (
    # fmt: off
    Kind("x86-64 debug", "debug", 1, True, LINUX, (PYDEBUG,), rank=0),
    Kind("x86-64 release", "release", 1, True, LINUX, RELEASE, rank=0),
    Kind("x86-64 asan", "asan", 1, True, (*LINUX, "asan"), ASAN, (ASAN_OPTIONS,), timeout_s=35 * MINUTE),
    Kind("x86-64 refleak", "refleak", 1, True, LINUX, (PYDEBUG,), test_options=REFLEAK, timeout_s=45 * MINUTE, rank=2),
    Kind("x86-64 nogil", "nogil", 1, True, LINUX, (PYDEBUG, "--disable-gil"), timeout_s=30 * MINUTE, since="3.13"),
    Kind(
        "x86-64 nogil refleak",
        "refleak",
        1,
        True,
        LINUX,
        (PYDEBUG, "--disable-gil"),
        test_options=REFLEAK,
        timeout_s=68 * MINUTE,
        since="3.13",
        rank=2,
    ),
    Kind("x86-64 lto", "lto", 1, True, LINUX, ("--with-lto",)),
    Kind("x86-64 lto-pgo", "lto-pgo", 1, True, LINUX, PGO, rank=2),
    Kind("x86-64 installed", "installed", 1, True, LINUX, steps="installed"),
    Kind("x86-64 clang", "clang", 1, True, (*LINUX, "clang"), (PYDEBUG,), (("CC", "clang"), ("LD", "clang"))),
    Kind(
        "x86-64 ubsan",
        "ubsan",
        0,
        False,
        (*LINUX, "clang", "ubsan"),
        (UBSAN,),
        (("CC", "clang"), ("LD", "clang"), UBSAN_OPTIONS),
    ),
    Kind("x86-64 traceref", "traceref", 0, True, LINUX, (PYDEBUG, "--with-trace-refs")),
    Kind(
        "x86-64 oddballs",
        "oddballs",
        0,
        False,
        LINUX,
        (PYDEBUG, "--enable-pystats"),
        test_options=("-u", "xpickle,tzdata", "test_pickle", "test_xpickle", "test_zoneinfo"),
    ),
    Kind(
        "x86-64 tsan",
        "tsan",
        0,
        False,
        (*LINUX, "tsan"),
        (PYDEBUG, "--disable-gil", TSAN),
        (("TSAN_OPTIONS", "halt_on_error=0:exitcode=66"),),
        test_options=("--tsan",),
        timeout_s=35 * MINUTE,
        since="3.13",
        rank=2,
    ),
    Kind(
        "x86-64 valgrind",
        "valgrind",
        1,
        False,
        (*LINUX, "valgrind"),
        VALGRIND_BUILD,
        test_options=VALGRIND_TESTS,
        timeout_s=100 * MINUTE,
        steps="valgrind",
        nightly=True,
        rank=2,
    ),
    Kind(
        "x86-64 bench",
        "bench",
        0,
        False,
        (*LINUX, "pyperformance"),
        PGO,
        test_options=("python3", "-m", "pyperformance", "run", "--python", "./python", "--output", "bench.json"),
        steps="bench",
        nightly=True,
        rank=2,
    ),
    # Windows: no worker of the inventory runs it yet
    Kind("win64 debug", "debug", 1, True, WINDOWS, X64, steps="windows"),
    Kind("win64 release", "release", 1, True, WINDOWS, (*X64, "-c", "Release"), test_options=("+d",), steps="windows"),
    Kind(
        "win64 refleak",
        "refleak",
        1,
        True,
        WINDOWS,
        X64,
        test_options=REFLEAK,
        timeout_s=45 * MINUTE,
        steps="windows",
        rank=2,
    ),
    Kind("win64 pgo", "lto-pgo", 1, False, WINDOWS, (*X64, "--pgo"), test_options=("+d",), steps="windows", rank=2),
    Kind(
        "win64 nogil",
        "nogil",
        1,
        True,
        WINDOWS,
        (*X64, "--disable-gil"),
        test_options=("--disable-gil",),
        timeout_s=30 * MINUTE,
        steps="windows",
        since="3.13",
    ),
    Kind("win-arm64 debug", "debug", 3, False, ("aarch64", "windows"), ARM64, steps="windows"),
    # cross builds
    Kind("wasm32-wasi", "wasi", 2, True, ("wasi-sdk",), (PYDEBUG,), test_options=QUICK, steps="wasi", since="3.13"),
    Kind(
        "aarch64 android",
        "android",
        3,
        True,
        ("aarch64", "android-sdk"),
        ("aarch64-linux-android",),
        test_options=ANDROID_TESTS,
        steps="android",
        since="3.13",
    ),
    Kind(
        "x86-64 android",
        "android",
        3,
        True,
        ("x86-64", "android-sdk"),
        ("x86_64-linux-android",),
        test_options=ANDROID_TESTS,
        steps="android",
        since="3.13",
    ),
    # from 3.14 on the tree has scripts of its own for this
    Kind(
        "arm64 ios simulator",
        "ios",
        3,
        True,
        ("aarch64", "xcode"),
        IOS,
        IOS_ENVIRON,
        steps="ios",
        since="3.13",
        until="3.13",
    ),
    # fmt: on
)

TABLES: dict[str, tuple[Kind, ...]] = {"rabbit": RABBIT, "cpython": CPYTHON}
