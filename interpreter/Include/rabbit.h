/* Everything: included first by every C file. */
#ifndef RABBIT_H
#define RABBIT_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "pyconfig.h"
#include <assert.h>
#include <strings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "object.h"
#include "alloc.h"
#include "state.h"
#include "int.h"
#include "float.h"
#include "str.h"
#include "containers.h"
#include "cache.h"
#include "errors.h"
#include "code.h"
#include "modules.h"
#include "gc.h"
#endif
