/* "Did you mean": the name that is nearest to one that is not there, as CPython 3.12 measures nearness. */
#include "report.h"

enum { MOVE_COST = 2, CASE_COST = 1, MOST_NAMES = 750, LONGEST = 40 };

static uint32_t lower(uint32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
static Size change_cost(uint32_t a, uint32_t b) { return a == b ? 0 : lower(a) == lower(b) ? CASE_COST : MOVE_COST; }

/* How much must be changed to make one name of the other; more than `most` when it is more. */
static Size distance(Object *a, Object *b, Size most)
{
    Size row[LONGEST + 1], na = STR_LEN(a), nb = STR_LEN(b);
    if (na > LONGEST || nb > LONGEST || (na > nb ? na - nb : nb - na) * MOVE_COST > most) {
        return most + 1;
    }
    for (Size j = 0; j <= nb; j++) {
        row[j] = j * MOVE_COST;
    }
    for (Size i = 1; i <= na; i++) {
        Size corner = row[0], least = row[0] = i * MOVE_COST;
        for (Size j = 1; j <= nb; j++) {
            Size change = corner + change_cost(Str_At(a, i - 1), Str_At(b, j - 1));
            Size insert = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + MOVE_COST;
            corner = row[j];
            row[j] = change < insert ? change : insert;
            least = row[j] < least ? row[j] : least;
        }
        if (least > most) {
            return most + 1;
        }
    }
    return row[nb];
}

/* The best of `names` (a list), borrowed; NULL: none is near. */
static Object *nearest(Object *names, Object *wanted)
{
    Object *best = NULL;
    Size least = 0;
    for (Size i = 0; i < LIST_LEN(names) && LIST_LEN(names) < MOST_NAMES; i++) {
        Object *name = LIST_ITEM(names, i);
        if (!Str_Check(name) || Str_Equal(name, wanted)) {
            continue;
        }
        Size most = (STR_LEN(name) + STR_LEN(wanted) + 3) * MOVE_COST / 6;
        most = best != NULL && least - 1 < most ? least - 1 : most;
        Size d = distance(wanted, name, most);
        if (d <= most) {
            best = name, least = d;
        }
    }
    return best;
}

static Object *add_keys(Object *names, Object *dict)
{
    Object *keys = names == NULL || dict == NULL ? NULL : Dict_Keys(dict);
    if (keys != NULL && List_Extend(names, keys) < 0) {
        CLEAR(names);
    }
    XUnref(keys);
    return names;
}

static Object *attribute(Object *exc, Object *name)
{
    Object *dict = Object_Dict(exc), *value = dict == NULL ? NULL : Dict_Get(dict, name);
    return value == None ? NULL : value;
}

static Frame *last_frame(Object *exc)
{
    Traceback *tb = (Traceback *)EXC_OF(exc)->traceback;
    while (tb != NULL && tb->next != NULL) tb = tb->next;
    return tb == NULL ? NULL : tb->frame->frame;
}

/* The names that were in sight. */
static Object *visible_names(Frame *f)
{
    Object *locals = Frame_Locals(f), *names = locals == NULL || !Dict_Check(locals) ? List_New(0) : Dict_Keys(locals);
    names = add_keys(names, f->func->globals);
    return add_keys(names, f->func->builtins);
}

/* Inside a method, an attribute of self may have been meant. */
static bool self_has(Frame *f, Object *name)
{
    Object *locals = Frame_Locals(f), *self = locals == NULL || !Dict_Check(locals) ? NULL : Dict_GetStr(locals, "self"), *value = NULL;
    bool has = self != NULL && Object_LookupAttr(self, name, &value) == 1;
    XUnref(value);
    Err_Clear();
    return has;
}

static bool is_module_name(Object *name)
{
    Object *names = Sys_Get("stdlib_module_names");
    bool yes = names != NULL && Set_Check(names) && Set_Contains(names, name) == 1;
    Err_Clear();
    return yes;
}

static Object *for_name(Object *exc, Object *name)
{
    Frame *f = last_frame(exc);
    if (f == NULL) {
        return NULL;
    }
    if (self_has(f, name)) {
        return Str_Format(". Did you mean: 'self.%U'?", name);
    }
    Object *names = visible_names(f), *best = names == NULL ? NULL : nearest(names, name), *r = NULL;
    if (best != NULL) {
        r = is_module_name(name) ? Str_Format(". Did you mean: '%U'? Or did you forget to import '%U'?", best, name)
            : Str_Format(". Did you mean: '%U'?", best);
    } else if (is_module_name(name)) {
        r = Str_Format(". Did you forget to import '%U'?", name);
    }
    XUnref(names);
    return r;
}

static Object *for_attribute(Object *exc, Object *name)
{
    Object *obj = attribute(exc, ID(obj)), *names = obj == NULL ? NULL : Object_Dir(obj), *best = names == NULL ? NULL : nearest(names, name), *r = NULL;
    if (best != NULL) {
        r = Str_Format(". Did you mean: '%U'?", best);
    }
    XUnref(names);
    return r;
}

Object *Suggest(Object *exc)
{
    bool name_error = TYPE(exc) == EXC(NameError), attribute_error = TYPE(exc) == EXC(AttributeError);
    Object *name = name_error || attribute_error ? attribute(exc, ID(name)) : NULL;
    if (name == NULL || !Str_Check(name)) {
        return NULL;
    }
    return name_error ? for_name(exc, name) : for_attribute(exc, name);
}
