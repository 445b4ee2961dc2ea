/* Where every name lives, second part: from the outside in, what is bound around a block tells which of its names are
   free; from the inside out, what is free in its blocks tells which of its names are cells. Comprehensions that are no
   generators are melted into the block around them (PEP 709). Sets are dicts to None; the arena owns them. */
#include "rabbit.h"
#include "symtable.h"

#define TRY(expression) do { if ((expression) < 0) return -1; } while (0)

typedef struct { Arena *arena; const Where *where; } Decider;

/* What comes in from around a block. `bound` NULL: the module itself. */
typedef struct { Object *bound, *global, *type_params; Scope *class; } Around;

/* One block under decision. */
typedef struct { Scope *s; Object *places, *local, *free, *bound, *global, *type_params, *inlined_cells; } Work;

static Object *new_set(Decider *d) { return Arena_Own(d->arena, Dict_New()); }
static int add(Object *set, Object *name) { return Dict_Set(set, name, None); }
static int merge(Object *set, Object *other) { return other == NULL ? 0 : Dict_Update(set, other); }

static int has(Object *set, Object *name)
{
    return set == NULL ? 0 : Dict_Get(set, name) != NULL ? 1 : Err_Occurred() ? -1 : 0;
}

static int discard(Object *set, Object *name)
{
    Object *value = NULL;
    int found = set == NULL ? 0 : Dict_Pop(set, name, &value);
    XUnref(value);
    return found;
}

static Object *copy(Decider *d, Object *set) { return Arena_Own(d->arena, set == NULL ? Dict_New() : Dict_Copy(set)); }

static int put(Object *dict, Object *name, int value)
{
    Object *o = Int_FromLong(value);
    int r = o == NULL ? -1 : Dict_Set(dict, name, o);
    XUnref(o);
    return r;
}

static int as_int(Object *o) { return (int)Int_AsLong(o, &(int){0}); }

static int fail_at_directive(Decider *d, Scope *s, Object *name, const char *format)
{
    Location at = NOT_KNOWN;
    for (Size i = 0; s->directives != NULL && i < LIST_LEN(s->directives); i++) {
        Object *row = LIST_ITEM(s->directives, i);
        if (Str_Equal(TUPLE_ITEM(row, 0), name)) {
            at = (Location){as_int(TUPLE_ITEM(row, 1)), as_int(TUPLE_ITEM(row, 2)), as_int(TUPLE_ITEM(row, 3)), as_int(TUPLE_ITEM(row, 4))};
            break;
        }
    }
    return Syntax_Fail(d->where, at, format, name);
}

/* ---- one name ---- */
static int decide_global(Decider *d, Work *w, const Around *a, Object *name, int flags)
{
    if (flags & DEF_NONLOCAL) return fail_at_directive(d, w->s, name, "name '%U' is nonlocal and global");
    TRY(put(w->places, name, PLACE_GLOBAL_EXPLICIT));
    TRY(add(a->global, name));
    return discard(a->bound, name) < 0 ? -1 : 0;
}

static int set_free(Work *w, Object *name)
{
    TRY(put(w->places, name, PLACE_FREE));
    w->s->free = true;
    return add(w->free, name);
}

static int decide_nonlocal(Decider *d, Work *w, const Around *a, Object *name)
{
    if (a->bound == NULL) return fail_at_directive(d, w->s, name, "nonlocal declaration not allowed at module level");
    int known = has(a->bound, name), parameter = has(a->type_params, name);
    if (known < 0 || parameter < 0) return -1;
    if (!known) return fail_at_directive(d, w->s, name, "no binding for nonlocal '%U' found");
    if (parameter) return fail_at_directive(d, w->s, name, "nonlocal binding not allowed for type parameter '%U'");
    return set_free(w, name);
}

static int decide_bound(Work *w, const Around *a, Object *name, int flags)
{
    TRY(put(w->places, name, PLACE_LOCAL));
    TRY(add(w->local, name));
    TRY(discard(a->global, name));
    return flags & DEF_TYPE_PARAM ? add(a->type_params, name) : discard(a->type_params, name) < 0 ? -1 : 0;
}

/* A block that sees the class around it looks there at run time first; names the class binds never come from an
   enclosing function. 1: decided. */
static int decide_by_class(Work *w, const Around *a, Object *name)
{
    int flags = a->class == NULL ? 0 : Scope_Flags(a->class, name);
    TRY(flags);
    bool binds = (flags & DEF_BOUND) && !(flags & DEF_NONLOCAL);
    if (!(flags & DEF_GLOBAL) && !binds) return 0;
    TRY(put(w->places, name, flags & DEF_GLOBAL ? PLACE_GLOBAL_EXPLICIT : PLACE_GLOBAL_IMPLICIT));
    return 1;
}

static int decide_used(Work *w, const Around *a, Object *name)
{
    int done = decide_by_class(w, a, name);
    if (done != 0) return done < 0 ? -1 : 0;
    int free = has(a->bound, name);
    TRY(free);
    if (free) return set_free(w, name);
    int global = has(a->global, name);
    TRY(global);
    w->s->free |= !global && w->s->nested;
    return put(w->places, name, PLACE_GLOBAL_IMPLICIT);
}

static int decide_name(Decider *d, Work *w, const Around *a, Object *name, int flags)
{
    if (flags & DEF_GLOBAL) return decide_global(d, w, a, name, flags);
    if (flags & DEF_NONLOCAL) return decide_nonlocal(d, w, a, name);
    if (flags & DEF_BOUND) return decide_bound(w, a, name, flags);
    return decide_used(w, a, name);
}

/* ---- comprehensions that are melted in ---- */
static int free_in_children(Scope *s, Object *name)
{
    for (int i = 0; i < s->nchildren; i++) {
        if (s->children[i]->inlined) continue;
        int flags = Scope_Flags(s->children[i], name);
        if (flags < 0 || Place_Of(flags) == PLACE_FREE) return flags < 0 ? -1 : 1;
    }
    return 0;
}

/* A name of the comprehension `comp` becomes one of the block `w` too. */
static int melt_name(Work *w, Scope *comp, Object *name, int flags, Object *comp_free)
{
    Place place = Place_Of(flags);
    if (flags & DEF_PARAM) return 0;                                /* .0 */
    if (place == PLACE_CELL || (flags & DEF_COMP_CELL)) TRY(add(w->inlined_cells, name));
    int outer = has(w->s->symbols, name);
    TRY(outer);
    if (!outer) {
        TRY(put(w->s->symbols, name, flags & ((1 << PLACE_SHIFT) - 1)));
        return put(w->places, name, (int)place);
    }
    outer = Scope_Flags(w->s, name);
    int used_below = outer < 0 ? -1 : free_in_children(comp, name);
    TRY(used_below);
    if ((outer & DEF_BOUND) && !used_below && w->s->kind != SCOPE_CLASS) TRY(discard(comp_free, name));
    return 0;
}

static int melt(Work *w, Scope *comp, Object *comp_free)
{
    Object *name, *value;
    for (Size pos = 0; Dict_Next(comp->symbols, &pos, &name, &value);) {
        TRY(melt_name(w, comp, name, as_int(value), comp_free));
    }
    comp->free = DICT_LEN(comp_free) > 0;
    comp->inlined = true;
    return 0;
}

/* In a class, a nested block that needs the cell __class__ must find it free in a function of its own: melted in, the
   cell would have to be the class's, which is not there yet. There the comprehension stays a function. */
static int may_melt(Work *w, Scope *child, Object *child_free)
{
    if (child->comp == COMP_NONE || child->comp == COMP_GENERATOR || w->s->sees_class) return 0;
    return w->s->kind == SCOPE_CLASS ? 1 - has(child_free, ID(__class__)) : 1;
}

/* ---- one block ---- */
static int decide_block(Decider *d, Scope *s, const Around *around, Object *free);

static int decide_child(Decider *d, Work *w, const Around *a, Scope *child)
{
    Around inner = {copy(d, w->bound), copy(d, w->global), copy(d, a->type_params), NULL};
    Object *child_free = new_set(d);
    if (inner.bound == NULL || inner.global == NULL || inner.type_params == NULL || child_free == NULL) return -1;
    if (child->sees_class) inner.class = w->s->kind == SCOPE_CLASS ? w->s : a->class;
    TRY(decide_block(d, child, &inner, child_free));
    int melts = may_melt(w, child, child_free);
    if (melts == 1) TRY(melt(w, child, child_free));
    if (melts < 0 || merge(w->free, child_free) < 0) return -1;
    w->s->child_free |= child->free || child->child_free;
    return 0;
}

/* The blocks of melted comprehensions are now children of this one, in their place. */
static int splice(Decider *d, Scope *s)
{
    int n = 0;
    for (int i = 0; i < s->nchildren; i++) n += s->children[i]->inlined ? s->children[i]->nchildren + 1 : 1;
    Scope **all = Arena_Alloc(d->arena, (size_t)(n + 1) * sizeof(Scope *));
    if (all == NULL) return -1;
    int at = 0;
    for (int i = 0; i < s->nchildren; i++) {
        Scope *child = s->children[i];
        all[at++] = child;
        for (int j = 0; child->inlined && j < child->nchildren; j++) all[at++] = child->children[j];
    }
    s->children = all, s->nchildren = s->cap = n;
    return 0;
}

/* A local that an inner block uses is a cell. */
static int find_cells(Work *w)
{
    Object *name, *place;
    for (Size pos = 0; Dict_Next(w->places, &pos, &name, &place);) {
        if (as_int(place) != PLACE_LOCAL) continue;
        int inner = has(w->free, name), melted = has(w->inlined_cells, name);
        if (inner < 0 || melted < 0) return -1;
        if (!inner && !melted) continue;
        TRY(put(w->places, name, PLACE_CELL));
        TRY(discard(w->free, name));
    }
    return 0;
}

static int take_class_cells(Decider *d, Work *w)
{
    Object *classdict = Arena_Own(d->arena, Str_Id("__classdict__"));
    int class_cell = classdict == NULL ? -1 : discard(w->free, ID(__class__));
    int dict_cell = class_cell < 0 ? -1 : discard(w->free, classdict);
    TRY(dict_cell);
    w->s->needs_class_cell = class_cell, w->s->needs_classdict = dict_cell;
    return 0;
}

static int record_places(Work *w)
{
    Object *name, *value;
    for (Size pos = 0; Dict_Next(w->s->symbols, &pos, &name, &value);) {
        int flags = as_int(value), cell = has(w->inlined_cells, name);
        Object *place = Dict_Get(w->places, name);
        if (cell < 0 || (place == NULL && Err_Occurred())) return -1;
        flags |= (cell ? DEF_COMP_CELL : 0) | (place == NULL ? 0 : as_int(place)) << PLACE_SHIFT;
        TRY(put(w->s->symbols, name, flags));
    }
    return 0;
}

/* What is free in inner blocks and not known here is passed through. */
static int record_free(Work *w, const Around *a)
{
    Object *name, *value;
    for (Size pos = 0; Dict_Next(w->free, &pos, &name, &value);) {
        int known = has(w->s->symbols, name);
        TRY(known);
        if (known) {
            int flags = w->s->kind == SCOPE_CLASS ? Scope_Flags(w->s, name) : 0;
            TRY(flags);
            if (w->s->kind == SCOPE_CLASS) TRY(put(w->s->symbols, name, flags | DEF_FREE_CLASS));
            continue;
        }
        int bound = a->bound == NULL ? 1 : has(a->bound, name);
        TRY(bound);
        if (bound) TRY(put(w->s->symbols, name, PLACE_FREE << PLACE_SHIFT));
    }
    return 0;
}

/* A class's names are not visible in its inner blocks: what is visible there is taken before they are decided. */
static int decide_names(Decider *d, Work *w, const Around *a)
{
    Object *name, *value;
    if (w->s->kind == SCOPE_CLASS) {
        TRY(merge(w->global, a->global));
        TRY(merge(w->bound, a->bound));
    }
    for (Size pos = 0; Dict_Next(w->s->symbols, &pos, &name, &value);) {
        TRY(decide_name(d, w, a, name, as_int(value)));
    }
    if (w->s->kind == SCOPE_CLASS) {
        TRY(add(w->bound, ID(__class__)));
        return Dict_SetStr(w->bound, "__classdict__", None);
    }
    if (Scope_IsFunction(w->s)) TRY(merge(w->bound, w->local));
    TRY(merge(w->bound, a->bound));
    return merge(w->global, a->global);
}

static int decide_block(Decider *d, Scope *s, const Around *a, Object *free)
{
    if (!Stack_Ok(" during compilation")) return -1;
    Work w = {s, new_set(d), new_set(d), new_set(d), new_set(d), new_set(d), a->type_params, new_set(d)};
    if (w.places == NULL || w.local == NULL || w.free == NULL || w.bound == NULL || w.global == NULL || w.inlined_cells == NULL) return -1;
    TRY(decide_names(d, &w, a));
    for (int i = 0; i < s->nchildren; i++) TRY(decide_child(d, &w, a, s->children[i]));
    TRY(splice(d, s));
    if (Scope_IsFunction(s)) TRY(find_cells(&w));
    else if (s->kind == SCOPE_CLASS) TRY(take_class_cells(d, &w));
    TRY(record_places(&w));
    TRY(record_free(&w, a));
    return merge(free, w.free);
}

int Scopes_Decide(Scope *top, Arena *arena, const Where *where)
{
    Decider d = {arena, where};
    Around around = {NULL, new_set(&d), new_set(&d), NULL};
    Object *free = new_set(&d);
    if (around.global == NULL || around.type_params == NULL || free == NULL) return -1;
    return decide_block(&d, top, &around, free);
}
