/* How exceptions are shown: report.c, with the source line and its carets from srcline.c, hints from suggest.c. */
#ifndef RABBIT_REPORT_H
#define RABBIT_REPORT_H
#include "rabbit.h"

/* Line `number` of a file with its indentation, without the newline; NULL when there is none. Never raises. */
Object *Source_Line(Object *filename, int number);
/* Add the line under the source line: what the code was doing there. Nothing when that would be the whole line. */
void Source_Carets(Buf *b, Object *line, const Location *at, const char *filename);
/* ". Did you mean: 'x'?" for a name that is not there; empty without a near one. A new str, NULL with exception. */
Object *Suggest(Object *exc);
#endif
