/* Rabbit's version: the one place that says it.  The release tool edits this file;
   the macro names are CPython's, so that one tool serves both trees. */
#ifndef RABBIT_PATCHLEVEL_H
#define RABBIT_PATCHLEVEL_H

#define PY_RELEASE_LEVEL_ALPHA  0xA
#define PY_RELEASE_LEVEL_BETA   0xB
#define PY_RELEASE_LEVEL_GAMMA  0xC     /* for release candidates */
#define PY_RELEASE_LEVEL_FINAL  0xF     /* serial should be 0 here */

/* Version parsed out into numeric values */
/*--start constants--*/
#define PY_MAJOR_VERSION        1
#define PY_MINOR_VERSION        3
#define PY_MICRO_VERSION        0
#define PY_RELEASE_LEVEL        PY_RELEASE_LEVEL_ALPHA
#define PY_RELEASE_SERIAL       1

/* Version as a string */
#define PY_VERSION              "1.3.0a1+"
/*--end constants--*/

/* Version as a single 4-byte hex number, e.g. 0x010502B2 == 1.5.2b2. */
#define PY_VERSION_HEX ((PY_MAJOR_VERSION << 24) | (PY_MINOR_VERSION << 16) | \
                        (PY_MICRO_VERSION << 8) | (PY_RELEASE_LEVEL << 4) | PY_RELEASE_SERIAL)

#endif
