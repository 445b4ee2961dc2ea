/* SyntaxWarnings: code that runs, but hardly as meant. A filter that makes errors of warnings makes SyntaxErrors of these. */
#include "rabbit.h"
#include "codegen.h"

static Object *call_warn(Compiler *c, Location at, Object *message)
{
    Object *name = Str_Id("warnings"), *module = name == NULL ? NULL : Import_Module(name, NULL, None, 0);
    Object *warn = module == NULL ? NULL : Object_GetAttrStr(module, "warn_explicit"), *line = warn == NULL ? NULL : Int_FromLong(at.line);
    Object *args[] = {message, (Object *)EXC(SyntaxWarning), c->where.filename, line};
    Object *r = line == NULL ? NULL : Call(warn, args, 4, NULL);
    XUnref(name), XUnref(module), XUnref(warn), XUnref(line);
    return r;
}

static int warn(Compiler *c, Location at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Object *message = Own(c, Str_FormatV(format, args));
    va_end(args);
    Object *r = message == NULL ? NULL : call_warn(c, at, message);
    if (r == NULL) return Err_Swallow(EXC(SyntaxWarning)) ? Compile_Fail(c, at, "%U", message) : -1;
    Unref(r);
    return 0;
}

/* The type that e is sure to have, or NULL. */
static Type *sure_type(Expr *e)
{
    switch (e->kind) {
    case Tuple_kind: return &Tuple_Type;
    case List_kind: case ListComp_kind: return &List_Type;
    case Dict_kind: case DictComp_kind: return &Dict_Type;
    case Set_kind: case SetComp_kind: return &Set_Type;
    case GeneratorExp_kind: return &Gen_Type;
    case Lambda_kind: return &Function_Type;
    case JoinedStr_kind: case FormattedValue_kind: return &Str_Type;
    case Constant_kind: return TYPE(e->Constant.value);
    default: return NULL;
    }
}

/* Constants of which there are many equal ones: `is` says nothing about them. */
static bool is_value(Expr *e)
{
    if (e->kind != Constant_kind) return false;
    Object *v = e->Constant.value;
    return v != None && v != True && v != False && v != Ellipsis;
}

int Warn_Compare(Compiler *c, Expr *e)
{
    Expr *left = e->Compare.left;
    for (Size i = 0; i < e->Compare.ops->n; i++) {
        Expr *right = e->Compare.comparators->at[i];
        Cmpop op = e->Compare.ops->at[i];
        if ((op == Cmp_Is || op == Cmp_IsNot) && (is_value(left) || is_value(right))) {
            const char *name = sure_type(is_value(left) ? left : right)->name;
            return warn(c, e->at, op == Cmp_Is ? "\"is\" with '%s' literal. Did you mean \"==\"?"
                                               : "\"is not\" with '%s' literal. Did you mean \"!=\"?", name);
        }
        left = right;
    }
    return 0;
}

int Warn_Assert(Compiler *c, Stmt *s)
{
    Expr *test = s->Assert.test;
    bool tuple = (test->kind == Tuple_kind && test->Tuple.elts->n > 0)
        || (test->kind == Constant_kind && Tuple_Check(test->Constant.value) && TUPLE_LEN(test->Constant.value) > 0);
    return tuple ? warn(c, s->at, "assertion is always true, perhaps remove parentheses?") : 0;
}

int Warn_Called(Compiler *c, Expr *e)
{
    Type *type = e->kind == Lambda_kind ? NULL : sure_type(e);
    return type == NULL ? 0 : warn(c, e->at, "'%s' object is not callable; perhaps you missed a comma?", type->name);
}

static int warn_container(Compiler *c, Expr *e)
{
    if (e->kind == Constant_kind) {
        Object *v = e->Constant.value;
        bool none = v == None || v == Ellipsis || Int_Check(v) || TYPE(v) == &Float_Type || TYPE(v) == &Complex_Type || Set_Check(v);
        if (!none) return 0;
    } else if (e->kind != Set_kind && e->kind != SetComp_kind && e->kind != GeneratorExp_kind && e->kind != Lambda_kind) {
        return 0;
    }
    return warn(c, e->at, "'%s' object is not subscriptable; perhaps you missed a comma?", sure_type(e)->name);
}

static int warn_index(Compiler *c, Expr *e, Expr *slice)
{
    Type *index = sure_type(slice);
    if (index == NULL || Type_IsSubtype(index, &Int_Type) || index == &Slice_Type) return 0;
    switch (e->kind) {
    case Constant_kind:
        if (!Str_Check(e->Constant.value) && !Bytes_Check(e->Constant.value) && !Tuple_Check(e->Constant.value)) return 0;
        break;
    case Tuple_kind: case List_kind: case ListComp_kind: case JoinedStr_kind: case FormattedValue_kind: break;
    default: return 0;
    }
    return warn(c, e->at, "%s indices must be integers or slices, not %s; perhaps you missed a comma?", sure_type(e)->name, index->name);
}

int Warn_Subscript(Compiler *c, Expr *e)
{
    TRY(warn_container(c, e->Subscript.value));
    return warn_index(c, e->Subscript.value, e->Subscript.slice);
}
