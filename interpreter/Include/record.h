/* Tuples with named fields, for sys and posix: sys.version_info, os.stat_result. */
#ifndef RABBIT_RECORD_H
#define RABBIT_RECORD_H
#include "object.h"
extern Type Record_Type;
/* `fields` names as many words as there are values; the values are stolen, NULL ones mean failure. */
Object *Record_New(const char *name, const char *fields, Object **values);
#endif
