/* int: methods and operators. Arithmetic on digits is in intmath.c.
   Values of at most two digits take the int64 road; -5..256 are shared and immortal. */
#include "rabbit.h"
#include "intmath.h"
#include <math.h>

Object *Int_FromLong(int64_t value)
{
    if (value >= SMALL_MIN && value <= SMALL_MAX) {
        return (Object *)&interp.small[value - SMALL_MIN];
    }
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    Size n = left >> DIGIT_BITS == 0 ? 1 : left >> (2 * DIGIT_BITS) == 0 ? 2 : 3;
    Int *r = Int_Alloc(n);
    if (r == NULL) {
        return NULL;
    }
    for (Size i = 0; i < n; i++, left >>= DIGIT_BITS) {
        r->digit[i] = (uint32_t)left & DIGIT_MASK;
    }
    r->size = value < 0 ? -n : n;
    return (Object *)r;
}

Object *Int_FromDouble(double value)
{
    if (isnan(value)) {
        return Err_Set(EXC(ValueError), "cannot convert float NaN to integer");
    }
    if (isinf(value)) {
        return Err_Set(EXC(OverflowError), "cannot convert float infinity to integer");
    }
    if (fabs(value) < 4e18) {
        return Int_FromLong((int64_t)value);
    }
    int exponent;
    double part = frexp(fabs(value), &exponent);
    Size n = (exponent - 1) / DIGIT_BITS + 1;
    Int *r = Int_Alloc(n);
    if (r == NULL) {
        return NULL;
    }
    part = ldexp(part, (exponent - 1) % DIGIT_BITS + 1);
    for (Size i = n; i-- > 0;) {
        r->digit[i] = (uint32_t)part;
        part = ldexp(part - r->digit[i], DIGIT_BITS);
    }
    r->size = value < 0 ? -n : n;
    return (Object *)r;
}

Object *Bool_From(int truth) { return truth < 0 ? NULL : truth ? True : False; }

int64_t Int_AsLong(Object *o, int *overflow)
{
    Int *a = (Int *)o;
    Size n = a->size < 0 ? -a->size : a->size;
    *overflow = 0;
    uint64_t value = 0;
    if (n > 3 || (n == 3 && a->digit[2] >= 8)) {
        *overflow = a->size < 0 ? -1 : 1;
        if (n == 3 && a->size < 0 && a->digit[2] == 8 && a->digit[1] == 0 && a->digit[0] == 0) {
            *overflow = 0;
        }
        return a->size < 0 ? INT64_MIN : INT64_MAX;
    }
    for (Size i = n; i-- > 0;) {
        value = value << DIGIT_BITS | a->digit[i];
    }
    return a->size < 0 ? -(int64_t)value : (int64_t)value;
}

/* The 60 or more leading bits, sticky, scaled back: rounds half to even as the hardware does. */
double Int_AsDouble(Object *o)
{
    Int *a = (Int *)o;
    int over;
    int64_t small = Int_AsLong(o, &over);
    if (over == 0) {
        return (double)small;
    }
    Size bits = Int_BitLength(o), shift = bits - 62;
    if (bits > 1024) {
        Err_Set(EXC(OverflowError), "int too large to convert to float");
        return -1.0;
    }
    uint64_t top = 0;
    for (Size i = 0; i < 62; i++) {
        Size bit = shift + i;
        top |= (uint64_t)(a->digit[bit / DIGIT_BITS] >> (bit % DIGIT_BITS) & 1) << i;
    }
    for (Size bit = 0; bit < shift; bit++) {
        if (a->digit[bit / DIGIT_BITS] >> (bit % DIGIT_BITS) & 1) {
            top |= 1;
            break;
        }
    }
    double value = ldexp((double)top, (int)shift);
    if (isinf(value)) {
        Err_Set(EXC(OverflowError), "int too large to convert to float");
        return -1.0;
    }
    return a->size < 0 ? -value : value;
}

Size Int_BitLength(Object *o)
{
    Int *a = (Int *)o;
    Size n = a->size < 0 ? -a->size : a->size;
    return n == 0 ? 0 : (n - 1) * DIGIT_BITS + (32 - __builtin_clz(a->digit[n - 1]));
}

int Int_Compare(Object *x, Object *y)
{
    Int *a = (Int *)x, *b = (Int *)y;
    if (a->size != b->size) {
        return a->size < b->size ? -1 : 1;
    }
    Size n = a->size < 0 ? -a->size : a->size;
    for (Size i = n; i-- > 0;) {
        if (a->digit[i] != b->digit[i]) {
            return (a->digit[i] < b->digit[i]) == (a->size > 0) ? -1 : 1;
        }
    }
    return 0;
}

static Object *int_compare(Object *a, Object *b, int op)
{
    if (!Int_Check(a) || !Int_Check(b)) {
        return Ref(NotImplemented);
    }
    int c = Int_Compare(a, b);
    switch (op) {
    case CMP_LT: return Bool_From(c < 0);
    case CMP_LE: return Bool_From(c <= 0);
    case CMP_EQ: return Bool_From(c == 0);
    case CMP_NE: return Bool_From(c != 0);
    case CMP_GT: return Bool_From(c > 0);
    default: return Bool_From(c >= 0);
    }
}

/* Modulo the prime 2**61 - 1, as float does, so that equal numbers hash alike. */
static Hash int_hash(Object *o)
{
    Int *a = (Int *)o;
    const uint64_t prime = ((uint64_t)1 << 61) - 1;
    uint64_t h = 0;
    for (Size i = a->size < 0 ? -a->size : a->size; i-- > 0;) {
        h = ((h << DIGIT_BITS) & prime) | (h >> (61 - DIGIT_BITS));
        h += a->digit[i];
        h = h >= prime ? h - prime : h;
    }
    Hash r = a->size < 0 ? -(Hash)h : (Hash)h;
    return r == -1 ? -2 : r;
}

#define SHORT(o) Int_IsShort(o)
#define short_value(o) Int_ShortValue(o)
#define BOTH_INTS(a, b) if (!Int_Check(a) || !Int_Check(b)) return Ref(NotImplemented)

static Object *int_add(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    return SHORT(a) && SHORT(b) ? Int_FromLong(short_value(a) + short_value(b)) : Int_AddBig(a, b, false);
}
static Object *int_sub(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    return SHORT(a) && SHORT(b) ? Int_FromLong(short_value(a) - short_value(b)) : Int_AddBig(a, b, true);
}
static Object *int_mul(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    int64_t r;
    if (SHORT(a) && SHORT(b) && !__builtin_mul_overflow(short_value(a), short_value(b), &r)) {
        return Int_FromLong(r);
    }
    return Int_MulBig(a, b);
}
static Object *int_floordiv(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    Object *rest, *q = Int_DivMod(a, b, &rest);
    if (q != NULL) {
        Unref(rest);
    }
    return q;
}
static Object *int_mod(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    if (((Int *)b)->size == 0) {
        return Err_Set(EXC(ZeroDivisionError), "integer modulo by zero");
    }
    Object *rest, *q = Int_DivMod(a, b, &rest);
    if (q == NULL) {
        return NULL;
    }
    Unref(q);
    return rest;
}
static Object *int_divmod(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    Object *rest, *q = Int_DivMod(a, b, &rest);
    if (q == NULL) {
        return NULL;
    }
    Object *pair = Tuple_Pack(2, q, rest);
    Unref(q);
    Unref(rest);
    return pair;
}
Object *Int_DivMod(Object *a, Object *b, Object **rest)
{
    if (((Int *)b)->size == 0) {
        return Err_Set(EXC(ZeroDivisionError), "integer division or modulo by zero");
    }
    if (!SHORT(a) || !SHORT(b)) {
        return Int_DivModBig(a, b, rest);
    }
    int64_t x = short_value(a), y = short_value(b), q = x / y, r = x % y;
    if (r != 0 && (r < 0) != (y < 0)) {
        q--, r += y;
    }
    Object *quotient = Int_FromLong(q);
    *rest = quotient == NULL ? NULL : Int_FromLong(r);
    if (quotient != NULL && *rest == NULL) {
        CLEAR(quotient);
    }
    return quotient;
}
static Object *int_truediv(Object *a, Object *b) { BOTH_INTS(a, b); return Int_TrueDiv(a, b); }
static Object *int_pow(Object *a, Object *b) { BOTH_INTS(a, b); return Int_PowMod(a, b, NULL); }

static int shift_count(Object *b, int64_t *count)
{
    int over;
    *count = Int_AsLong(b, &over);
    if (((Int *)b)->size < 0) {
        return Err_Minus(Err_Set(EXC(ValueError), "negative shift count"));
    }
    return over;
}
static Object *int_lshift(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    int64_t count;
    int over = shift_count(b, &count);
    if (over < 0 || ((Int *)a)->size == 0) {
        return over < 0 ? NULL : Int_FromLong(0);
    }
    if (over > 0) {
        return Err_Set(EXC(OverflowError), "too many digits in integer");
    }
    return count > (int64_t)1 << 34 ? Err_NoMemory() : Int_Shift(a, count);
}
static Object *int_rshift(Object *a, Object *b)
{
    BOTH_INTS(a, b);
    int64_t count;
    int over = shift_count(b, &count);
    if (over < 0) {
        return NULL;
    }
    if (over > 0 || count >= Int_BitLength(a)) {
        return Int_FromLong(((Int *)a)->size < 0 ? -1 : 0);
    }
    return SHORT(a) ? Int_FromLong(short_value(a) >> count) : Int_Shift(a, -count);
}
#define BITWISE(fn, op, letter) \
    static Object *fn(Object *a, Object *b) \
    { \
        BOTH_INTS(a, b); \
        if (TYPE(a) == &Bool_Type && TYPE(b) == &Bool_Type) { \
            return Bool_From((int)(short_value(a) op short_value(b))); \
        } \
        return SHORT(a) && SHORT(b) ? Int_FromLong(short_value(a) op short_value(b)) : Int_Bitwise(a, b, letter); \
    }
BITWISE(int_and, &, '&')
BITWISE(int_or, |, '|')
BITWISE(int_xor, ^, '^')

static Object *int_neg(Object *a)
{
    if (SHORT(a)) {
        return Int_FromLong(-short_value(a));
    }
    Int *r = Int_Copy((Int *)a);
    if (r != NULL) {
        r->size = -r->size;
    }
    return (Object *)r;
}
static Object *int_self(Object *a) { return TYPE(a) == &Int_Type ? Ref(a) : SHORT(a) ? Int_FromLong(short_value(a)) : (Object *)Int_Copy((Int *)a); }
static Object *int_abs(Object *a) { return ((Int *)a)->size < 0 ? int_neg(a) : int_self(a); }
static Object *int_invert(Object *a)
{
    Object *minus = int_neg(a);
    Object *r = minus == NULL ? NULL : int_sub(minus, Int_FromLong(1));
    XUnref(minus);
    return r;
}
static Object *int_float(Object *a)
{
    double value = Int_AsDouble(a);
    return value == -1.0 && Err_Occurred() ? NULL : Float_New(value);
}
static int int_truth(Object *a) { return ((Int *)a)->size != 0; }
static Object *int_repr(Object *a) { return Int_ToStr(a, 10, false); }

/* Decimal digits of any script as ASCII; other characters that cannot stand in a number as '?'. New bytes. */
Object *Int_AsciiDigits(Object *text)
{
    Object *r = Bytes_New(NULL, STR_LEN(text));
    for (Size i = 0; r != NULL && i < STR_LEN(text); i++) {
        uint32_t c = Str_At(text, i);
        int value = c < 128 ? -1 : Char_IsDecimal(c) ? Char_DigitValue(c) : -1;
        ((Bytes *)r)->data[i] = (char)(value >= 0 ? '0' + value : c >= 128 ? (Char_IsSpace(c) ? ' ' : '?') : c == 0 ? '?' : (int)c);
    }
    return r;
}

/* int(text, base) accepts surrounding space, a sign, a prefix and single underscores. */
static Object *from_str(Object *text, int base)
{
    Object *digits = Int_AsciiDigits(text);
    if (digits == NULL) {
        return NULL;
    }
    Object *r = Int_FromText(((Bytes *)digits)->data, base);
    Unref(digits);
    if (r == NULL && Err_Matches(EXC(ValueError))) {
        Object *message = Object_Str(THREAD->raised);
        if (message == NULL || Str_At(message, 0) == 'i') {
            Err_Clear();
            Err_Set(EXC(ValueError), "invalid literal for int() with base %d: %R", base, text);
        }
        XUnref(message);
    }
    return r;
}

static Object *from_bytes_text(Object *bytes, int base)
{
    Object *text = Bytes_Decode(((Bytes *)bytes)->data, ((Bytes *)bytes)->len, "latin-1", NULL), *r = NULL;
    if (text != NULL && ((Str *)text)->ascii) {
        r = from_str(text, base);
    }
    if (text != NULL && r == NULL && (!Err_Occurred() || Err_Swallow(EXC(ValueError)))) {
        Err_Set(EXC(ValueError), "invalid literal for int() with base %d: %R", base, bytes);
    }
    XUnref(text);
    return r;
}

static Object *int_from(Object *x)
{
    if (Str_Check(x)) {
        return from_str(x, 10);
    }
    if (TYPE(x)->unary[UN_INT] != NULL) {
        Object *r = TYPE(x)->unary[UN_INT](x);
        if (r != NULL && !Int_Check(r)) {
            Err_Set(EXC(TypeError), "__int__ returned non-int (type %T)", r);
            CLEAR(r);
        }
        return r;
    }
    if (TYPE(x)->unary[UN_INDEX] != NULL) {
        return Number_Index(x);
    }
    if (Bytes_Check(x)) {
        return from_bytes_text(x, 10);
    }
    return Err_Set(EXC(TypeError), "int() argument must be a string, a bytes-like object or a real number, not '%T'", x);
}

static Object *int_new(Type *type, Object **args, Size n, Object *kwnames)
{
    Object *base = n > 1 ? args[1] : kwnames != NULL && n == 1 && TUPLE_LEN(kwnames) == 1 ? args[1] : NULL, *value;
    Size given = n + (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
    if (given > 2) {
        return Err_Set(EXC(TypeError), "int() takes at most 2 arguments (%zd given)", given);
    }
    if (kwnames != NULL && (base == NULL || !STR_IS(TUPLE_ITEM(kwnames, 0), "base"))) {
        return STR_IS(TUPLE_ITEM(kwnames, 0), "base") ? Err_Set(EXC(TypeError), "int() missing string argument")
            : Err_Set(EXC(TypeError), "'%U' is an invalid keyword argument for int()", TUPLE_ITEM(kwnames, 0));
    }
    if (n == 0) {
        value = Int_FromLong(0);
    } else if (base == NULL) {
        value = int_from(args[0]);
    } else if (!Str_Check(args[0]) && !Bytes_Check(args[0])) {
        return Err_Set(EXC(TypeError), "int() can't convert non-string with explicit base");
    } else {
        Size b = Number_AsSize(base, EXC(OverflowError));
        if (b == -1 && Err_Occurred()) {
            return NULL;
        }
        value = b == 0 || (b >= 2 && b <= 36) ? (Str_Check(args[0]) ? from_str : from_bytes_text)(args[0], (int)b) : Err_Set(EXC(ValueError), "int() base must be >= 2 and <= 36, or 0");
    }
    if (value == NULL || type == &Int_Type) {
        return value;
    }
    Size digits = ((Int *)value)->size < 0 ? -((Int *)value)->size : ((Int *)value)->size;
    Int *r = Object_Alloc(type, digits * (Size)sizeof(uint32_t));
    if (r != NULL) {
        r->size = ((Int *)value)->size;
        Mem_Copy(r->digit, ((Int *)value)->digit, (size_t)digits * sizeof(uint32_t));
    }
    Unref(value);
    return (Object *)r;
}

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames
DEF(int_bit_length) { IGNORE; return Int_FromLong(Int_BitLength(self)); }
DEF(int_bit_count)
{
    IGNORE;
    int64_t bits = 0;
    for (Size i = 0; i < llabs(((Int *)self)->size); i++) {
        bits += __builtin_popcount(((Int *)self)->digit[i]);
    }
    return Int_FromLong(bits);
}
DEF(int_identity) { IGNORE; return int_self(self); }
DEF(int_round)
{
    IGNORE;
    if (n == 0 || args[0] == None || ((Int *)self)->size == 0) {
        return int_self(self);
    }
    Size digits = Number_AsSize(args[0], EXC(OverflowError));
    if (digits >= 0 || Err_Occurred()) {
        return Err_Occurred() ? NULL : int_self(self);
    }
    Object *ten = Int_FromLong(10), *minus = Int_FromLong(-digits), *unit = int_pow(ten, minus), *rest = NULL, *r = NULL;
    Object *q = unit == NULL ? NULL : Int_DivMod(self, unit, &rest);
    if (q != NULL) {
        Object *twice = int_add(rest, rest);
        int c = twice == NULL ? 0 : Int_Compare(twice, unit);
        bool odd = ((Int *)q)->size != 0 && (((Int *)q)->digit[0] & 1);
        Object *down = twice == NULL ? NULL : int_sub(self, rest);
        r = down == NULL ? NULL : c > 0 || (c == 0 && odd) ? int_add(down, unit) : Ref(down);
        XUnref(twice), XUnref(down);
    }
    XUnref(minus), XUnref(unit), XUnref(q), XUnref(rest);
    return r;
}
DEF(int_format) { IGNORE; return Str_FormatSpec(self, args[0]); }
/* 1 little, 0 big, -1 ValueError or TypeError */
static int byte_order(Object *order)
{
    if (order == NULL) {
        return 0;
    }
    if (!Str_Check(order)) {
        return Err_Minus(Err_Set(EXC(TypeError), "byteorder must be str, not %T", order));
    }
    return STR_IS(order, "little") ? 1 : STR_IS(order, "big") ? 0
        : Err_Minus(Err_Set(EXC(ValueError), "byteorder must be either 'little' or 'big'"));
}

/* The i-th byte of the two's complement of a; `carry` starts at 1 for negative numbers. */
static uint8_t byte_at(Int *a, Size i, unsigned *carry)
{
    Size n = a->size < 0 ? -a->size : a->size, bit = i * 8, at = bit / DIGIT_BITS, shift = bit % DIGIT_BITS;
    uint64_t low = at < n ? a->digit[at] : 0, high = at + 1 < n ? a->digit[at + 1] : 0;
    unsigned byte = (unsigned)((low | high << DIGIT_BITS) >> shift) & 0xFF;
    if (a->size < 0) {
        byte = (~byte & 0xFF) + *carry;
        *carry = byte >> 8;
    }
    return (uint8_t)byte;
}

/* Does a fit into so many bytes? -2**(8n-1) does when signed. */
static bool fits(Object *a, Size length, bool is_signed)
{
    Size bits = Int_BitLength(a);
    if (!is_signed || bits < length * 8 || bits == 0) {
        return bits <= length * 8;
    }
    Int *i = (Int *)a;
    Size n = i->size < 0 ? -i->size : 0;
    bool power = n > 0 && bits == length * 8 && (i->digit[n - 1] & (i->digit[n - 1] - 1)) == 0;
    for (Size k = 0; power && k + 1 < n; k++) {
        power = i->digit[k] == 0;
    }
    return power;
}

DEF(int_to_bytes)
{
    IGNORE;
    Size length = args[0] == NULL ? 1 : Number_AsSize(args[0], EXC(OverflowError));
    int little = Err_Occurred() ? -1 : byte_order(args[1]), is_signed = args[2] == NULL ? 0 : Object_IsTrue(args[2]);
    if (little < 0 || is_signed < 0) {
        return NULL;
    }
    if (length < 0) {
        return Err_Set(EXC(ValueError), "length argument must be non-negative");
    }
    if (((Int *)self)->size < 0 && !is_signed) {
        return Err_Set(EXC(OverflowError), "can't convert negative int to unsigned");
    }
    if (!fits(self, length, is_signed)) {
        return Err_Set(EXC(OverflowError), "int too big to convert");
    }
    Object *r = Bytes_New(NULL, length);
    unsigned carry = 1;
    for (Size i = 0; r != NULL && i < length; i++) {
        ((Bytes *)r)->data[little ? i : length - 1 - i] = (char)byte_at((Int *)self, i, &carry);
    }
    return r;
}

static Object *from_byte_array(const uint8_t *data, Size len, bool little, bool negative)
{
    Int *r = Int_Alloc(len * 8 / DIGIT_BITS + 1);
    unsigned carry = 1;
    for (Size i = 0; r != NULL && i < len; i++) {
        unsigned byte = data[little ? i : len - 1 - i];
        if (negative) {
            byte = (~byte & 0xFF) + carry;
            carry = byte >> 8;
            byte &= 0xFF;
        }
        Size bit = i * 8;
        uint64_t wide = (uint64_t)byte << (bit % DIGIT_BITS);
        r->digit[bit / DIGIT_BITS] |= (uint32_t)wide & DIGIT_MASK;
        if (wide >> DIGIT_BITS != 0) {
            r->digit[bit / DIGIT_BITS + 1] |= (uint32_t)(wide >> DIGIT_BITS);
        }
    }
    if (r != NULL && negative && carry != 0 && len > 0) {       /* all bytes were 0: cannot be, the sign bit is set */
        Unref(r);
        return Err_Set(EXC(SystemError), "from_bytes: impossible sign");
    }
    if (r != NULL && negative) {
        r->size = -r->size;
    }
    return Int_Normal(r);
}

DEF(int_from_bytes)
{
    IGNORE;
    int little = byte_order(args[1]), is_signed = args[2] == NULL ? 0 : Object_IsTrue(args[2]);
    Object *bytes = little < 0 || is_signed < 0 ? NULL : Bytes_Check(args[0]) ? Ref(args[0])
        : Str_Check(args[0]) ? Err_Set(EXC(TypeError), "cannot convert '%T' object to bytes", args[0]) : Call1((Object *)&Bytes_Type, args[0]);
    if (bytes == NULL) {
        return NULL;
    }
    const uint8_t *data = (const uint8_t *)((Bytes *)bytes)->data;
    Size len = ((Bytes *)bytes)->len;
    bool negative = is_signed && len > 0 && (data[little ? len - 1 : 0] & 0x80);
    Object *value = from_byte_array(data, len, little, negative);
    Unref(bytes);
    if (value != NULL && self != (Object *)&Int_Type) {
        ASSIGN(value, Call1(self, value));
    }
    return value;
}
DEF(int_is_integer) { IGNORE; return Ref(True); }
DEF(int_newargs) { IGNORE; Object *value = int_self(self), *r = value == NULL ? NULL : Tuple_Pack(1, value); XUnref(value); return r; }
DEF(int_as_integer_ratio)
{
    IGNORE;
    Object *value = int_self(self), *r = value == NULL ? NULL : Tuple_Pack(2, value, Int_FromLong(1));
    XUnref(value);
    return r;
}
static Object *int_numerator(Object *self) { return int_self(self); }
static Object *int_zero(Object *self) { (void)self; return Int_FromLong(0); }
static Object *int_one(Object *self) { (void)self; return Int_FromLong(1); }
static const MethodDef int_methods[] = {
    {"bit_length", int_bit_length, 0, 0, NULL, 0}, {"bit_count", int_bit_count, 0, 0, NULL, 0},
    {"conjugate", int_identity, 0, 0, NULL, 0}, {"__trunc__", int_identity, 0, 0, NULL, 0},
    {"__floor__", int_identity, 0, 0, NULL, 0}, {"__ceil__", int_identity, 0, 0, NULL, 0},
    {"__round__", int_round, 0, 1, NULL, 0}, {"__format__", int_format, 1, 1, NULL, 0},
    {"to_bytes", int_to_bytes, 0, 2, "length byteorder * signed", 0}, {"from_bytes", int_from_bytes, 1, 2, "bytes byteorder * signed", METH_CLASS},
    {"is_integer", int_is_integer, 0, 0, NULL, 0}, {"as_integer_ratio", int_as_integer_ratio, 0, 0, NULL, 0},
    {"__getnewargs__", int_newargs, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, NULL, 0}};
static const GetSetDef int_getsets[] = {
    {"real", int_numerator, NULL}, {"numerator", int_numerator, NULL}, {"imag", int_zero, NULL}, {"denominator", int_one, NULL}, {NULL, NULL, NULL}};

Type Int_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "int", .size = sizeof(Int), .flags = T_BASE | T_INT, .new = int_new,
    .repr = int_repr, .hash = int_hash, .richcompare = int_compare, .truth = int_truth,
    .nb = {[NB_ADD] = int_add, [NB_SUB] = int_sub, [NB_MUL] = int_mul, [NB_TRUEDIV] = int_truediv, [NB_FLOORDIV] = int_floordiv,
           [NB_MOD] = int_mod, [NB_POW] = int_pow, [NB_LSHIFT] = int_lshift, [NB_RSHIFT] = int_rshift, [NB_AND] = int_and,
           [NB_OR] = int_or, [NB_XOR] = int_xor, [NB_DIVMOD] = int_divmod},
    .unary = {[UN_NEG] = int_neg, [UN_POS] = int_self, [UN_INVERT] = int_invert, [UN_ABS] = int_abs, [UN_INT] = int_self,
              [UN_FLOAT] = int_float, [UN_INDEX] = int_self},
    .methods = int_methods, .getsets = int_getsets,
};

/* ---- bool ---- */
Int True_Int = {IMMORTAL_HEAD(&Bool_Type), 1, {1}};
Int False_Int = {IMMORTAL_HEAD(&Bool_Type), 0, {0}};
static Object *bool_repr(Object *o) { return Str_New(o == True ? "True" : "False"); }
static Object *bool_new(Type *type, Object **args, Size n, Object *kwnames)
{
    (void)type;
    if (n > 1 || kwnames != NULL) {
        return Err_Set(EXC(TypeError), "bool expected at most 1 argument, got %zd", n);
    }
    return Bool_From(n == 0 ? 0 : Object_IsTrue(args[0]));
}
Type Bool_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "bool", .size = sizeof(Int), .base = &Int_Type,
    .repr = bool_repr, .new = bool_new,
};
