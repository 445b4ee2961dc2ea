/* Traceback objects: where an exception passed. How they are shown is in report.c. */
#include "rabbit.h"

int Traceback_Here(Frame *f)
{
    Object *exc = THREAD->raised;
    Traceback *tb = exc == NULL ? NULL : (Traceback *)EXC_OF(exc)->traceback;
    if (exc == NULL) {
        return -1;
    }
    THREAD->raised = NULL;
    Traceback *here = Object_Alloc(&Traceback_Type, 0);
    if (here == NULL) {
        Err_Restore(exc);
        return -1;
    }
    FrameObject *o = Frame_Object(f);
    if (o == NULL) {                            /* no memory even for that: the exception goes on without this place */
        here->next = NULL;
        Unref(here);
        Err_Restore(exc);
        return -1;
    }
    here->frame = Ref(o);
    here->line = Frame_Line(f);
    here->ip = Frame_Index(f);
    here->next = tb;
    EXC_OF(exc)->traceback = (Object *)here;    /* takes over our reference; `next` took the old one */
    Err_Restore(exc);
    return 0;
}

static int tb_traverse(Object *o, VisitFn visit, void *arg)
{
    VISIT(((Traceback *)o)->next);
    VISIT(((Traceback *)o)->frame);
    return 0;
}
static void tb_clear(Object *o)
{
    CLEAR(((Traceback *)o)->next);
    CLEAR(((Traceback *)o)->frame);
}
static Object *tb_next(Object *o) { Traceback *t = ((Traceback *)o)->next; return Ref(t == NULL ? None : (Object *)t); }
static int tb_set_next(Object *o, Object *value)
{
    for (Object *t = value; t != NULL && t != None; t = (Object *)((Traceback *)t)->next) {
        if (TYPE(t) != &Traceback_Type || t == o) {
            return Err_Minus(Err_Set(t == o ? EXC(ValueError) : EXC(TypeError), t == o ? "traceback loop detected" : "expected traceback object or None"));
        }
        if (((Traceback *)t)->next == NULL) break;
    }
    ASSIGN(((Traceback *)o)->next, value == NULL || value == None ? NULL : Ref(value));
    return 0;
}
static Object *tb_frame(Object *o) { return Ref(((Traceback *)o)->frame); }
static Object *tb_lineno(Object *o) { return Int_FromLong(((Traceback *)o)->line); }
static Object *tb_lasti(Object *o) { return Int_FromLong(2 * (int64_t)((Traceback *)o)->ip); }
static const GetSetDef tb_getsets[] = {
    {"tb_next", tb_next, tb_set_next}, {"tb_frame", tb_frame, NULL}, {"tb_lineno", tb_lineno, NULL}, {"tb_lasti", tb_lasti, NULL}, {NULL, NULL, NULL}};
Type Traceback_Type = {
    .head = IMMORTAL_HEAD(&Type_Type), .name = "traceback", .size = sizeof(Traceback), .flags = T_GC | T_ABSTRACT,
    .traverse = tb_traverse, .clear = tb_clear, .getsets = tb_getsets,
};
