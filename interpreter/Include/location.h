/* Where something stands in the source. Lines count from 1, columns in bytes of UTF-8 from 0; the end is exclusive.
   Line 0 and below: nowhere; a column of -1: not known. */
#ifndef RABBIT_LOCATION_H
#define RABBIT_LOCATION_H
typedef struct { int line, col, end_line, end_col; } Location;
#define NOT_KNOWN ((Location){-1, -1, -1, -1})
#endif
