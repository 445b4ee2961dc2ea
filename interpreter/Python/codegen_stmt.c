/* Code for statements, but for those in codegen_try.c, codegen_match.c and codegen_scope.c. */
#include "rabbit.h"
#include "codegen.h"

/* ---- assignment ---- */
static int gen_assign(Compiler *c, Stmt *s)
{
    ExprSeq *targets = s->Assign.targets;
    TRY(Gen_Expr(c, s->Assign.value));
    for (Size i = 0; i < targets->n; i++) {
        if (i + 1 < targets->n) EMIT(s->at, COPY, 1);
        TRY(Gen_Expr(c, targets->at[i]));
    }
    return 0;
}

/* What `target` holds now, above what is needed to store it again. */
static int gen_augmented_load(Compiler *c, Expr *t)
{
    switch (t->kind) {
    case Attribute_kind:
        TRY(Gen_Expr(c, t->Attribute.value));
        EMIT(t->at, COPY, 1);
        return Emit_Attr(c, Attr_Location(t->at, t), OP_LOAD_ATTR, t->Attribute.attr, 0, 1);
    case Subscript_kind:
        TRY(Gen_Expr(c, t->Subscript.value));
        if (!Is_TwoPartSlice(t->Subscript.slice)) {
            TRY(Gen_Expr(c, t->Subscript.slice));
            EMIT(t->at, COPY, 2);
            EMIT(t->at, COPY, 2);
            return Emit(c, t->at, OP_BINARY_SUBSCR, 0);
        }
        TRY(Gen_Slice(c, t->Subscript.slice));
        for (int i = 0; i < 3; i++) EMIT(t->at, COPY, 3);
        return Emit(c, t->at, OP_BINARY_SLICE, 0);
    default: return Name_Emit(c, t->at, t->Name.id, Ctx_Load);
    }
}

static int gen_augmented_store(Compiler *c, Expr *t)
{
    switch (t->kind) {
    case Attribute_kind: {
        Location at = Attr_Location(t->at, t);
        EMIT(at, SWAP, 2);
        return Emit_Attr(c, at, OP_STORE_ATTR, t->Attribute.attr, 0, 0);
    }
    case Subscript_kind: {
        bool slice = Is_TwoPartSlice(t->Subscript.slice);
        if (slice) EMIT(t->at, SWAP, 4);
        EMIT(t->at, SWAP, 3);
        EMIT(t->at, SWAP, 2);
        return Emit(c, t->at, slice ? OP_STORE_SLICE : OP_STORE_SUBSCR, 0);
    }
    default: return Name_Emit(c, t->at, t->Name.id, Ctx_Store);
    }
}

static int gen_augmented(Compiler *c, Stmt *s)
{
    TRY(gen_augmented_load(c, s->AugAssign.target));
    TRY(Gen_Expr(c, s->AugAssign.value));
    TRY(Gen_BinaryOp(c, s->at, s->AugAssign.op, true));
    return gen_augmented_store(c, s->AugAssign.target);
}

static int gen_dropped(Compiler *c, Expr *e)
{
    if (e == NULL) return 0;
    TRY(Gen_Expr(c, e));
    return Emit(c, e->at, OP_POP_TOP, 0);
}

static int check_annotated_subscript(Compiler *c, Expr *slice)
{
    if (slice->kind == Tuple_kind) {
        for (Size i = 0; i < slice->Tuple.elts->n; i++) TRY(check_annotated_subscript(c, slice->Tuple.elts->at[i]));
        return 0;
    }
    if (slice->kind != Slice_kind) return gen_dropped(c, slice);
    TRY(gen_dropped(c, slice->Slice.lower));
    TRY(gen_dropped(c, slice->Slice.upper));
    return gen_dropped(c, slice->Slice.step);
}

static int store_annotation(Compiler *c, Stmt *s, Location at, Object *name)
{
    TRY(Gen_Annotation(c, s->AnnAssign.annotation));
    TRY(Emit_Attr(c, at, OP_LOAD_NAME, ID(__annotations__), 0, 0));
    Object *mangled = Name_Mangle(c->unit->private, name, c->arena);
    TRY(mangled == NULL ? -1 : Emit_Const(c, at, mangled));
    return Emit(c, at, OP_STORE_SUBSCR, 0);
}

/* A target that gets no value is looked at all the same. */
static int gen_annotated_target(Compiler *c, Stmt *s, bool keeps)
{
    Expr *t = s->AnnAssign.target;
    bool bare = s->AnnAssign.value == NULL;
    switch (t->kind) {
    case Name_kind:
        if (STR_IS(t->Name.id, "__debug__")) return Compile_Fail(c, s->at, "cannot assign to __debug__");
        return s->AnnAssign.simple && keeps ? store_annotation(c, s, s->at, t->Name.id) : 0;
    case Attribute_kind:
        if (STR_IS(t->Attribute.attr, "__debug__")) return Compile_Fail(c, s->at, "cannot assign to __debug__");
        return bare ? gen_dropped(c, t->Attribute.value) : 0;
    case Subscript_kind:
        if (!bare) return 0;
        TRY(gen_dropped(c, t->Subscript.value));
        return check_annotated_subscript(c, t->Subscript.slice);
    default: return 0;
    }
}

/* Annotations are evaluated, and kept, in modules and classes only. */
static int gen_annotated(Compiler *c, Stmt *s)
{
    bool keeps = c->unit->kind == UNIT_MODULE || c->unit->kind == UNIT_CLASS;
    if (s->AnnAssign.value != NULL) {
        TRY(Gen_Expr(c, s->AnnAssign.value));
        TRY(Gen_Expr(c, s->AnnAssign.target));
    }
    TRY(gen_annotated_target(c, s, keeps));
    return !s->AnnAssign.simple && keeps && !c->future_annotations ? gen_dropped(c, s->AnnAssign.annotation) : 0;
}

/* ---- loops and branches ---- */
static int gen_for(Compiler *c, Stmt *s)
{
    LABEL(start);
    LABEL(cleanup);
    LABEL(end);
    TRY(Undo_Push(c, s->at, UNDO_FOR, start, end, NULL));
    TRY(Gen_Expr(c, s->For.iter));
    EMIT(s->at, GET_ITER, 0);
    HERE(start);
    EMIT(s->at, FOR_ITER, cleanup);
    TRY(Gen_Expr(c, s->For.target));
    TRY(Gen_Stmts(c, s->For.body, 0));
    EMIT(NOWHERE, JUMP, start);
    HERE(cleanup);
    EMIT(NOWHERE, END_FOR, 0);
    Undo_Pop(c);
    TRY(Gen_Stmts(c, s->For.orelse, 0));
    HERE(end);
    return 0;
}

static int gen_async_for(Compiler *c, Stmt *s)
{
    if (c->unit->kind != UNIT_ASYNC_FUNCTION) return Compile_Fail(c, s->at, "'async for' outside async function");
    LABEL(start);
    LABEL(except);
    LABEL(end);
    TRY(Gen_Expr(c, s->AsyncFor.iter));
    EMIT(s->at, GET_AITER, 0);
    HERE(start);
    TRY(Undo_Push(c, s->at, UNDO_FOR, start, end, NULL));
    EMIT(s->at, SETUP_FINALLY, except);
    EMIT(s->at, GET_ANEXT, 0);
    CONST(s->at, None);
    TRY(Gen_YieldFrom(c, s->at, true));
    EMIT(s->at, POP_BLOCK, 0);
    TRY(Gen_Expr(c, s->AsyncFor.target));
    TRY(Gen_Stmts(c, s->AsyncFor.body, 0));
    EMIT(NOWHERE, JUMP, start);
    Undo_Pop(c);
    HERE(except);
    EMIT(s->AsyncFor.iter->at, END_ASYNC_FOR, 0);
    TRY(Gen_Stmts(c, s->AsyncFor.orelse, 0));
    HERE(end);
    return 0;
}

/* The test is written twice, so that a turn of the loop takes one jump. */
static int gen_while(Compiler *c, Stmt *s)
{
    LABEL(loop);
    LABEL(body);
    LABEL(anchor);
    LABEL(end);
    HERE(loop);
    TRY(Undo_Push(c, s->at, UNDO_WHILE, loop, end, NULL));
    TRY(Gen_JumpIf(c, s->at, s->While.test, anchor, false));
    HERE(body);
    TRY(Gen_Stmts(c, s->While.body, 0));
    TRY(Gen_JumpIf(c, s->at, s->While.test, body, true));
    Undo_Pop(c);
    HERE(anchor);
    TRY(Gen_Stmts(c, s->While.orelse, 0));
    HERE(end);
    return 0;
}

static int gen_if(Compiler *c, Stmt *s)
{
    bool has_else = s->If.orelse->n > 0;
    LABEL(end);
    int next = has_else ? Label_New(c) : end;
    TRY(next);
    TRY(Gen_JumpIf(c, s->at, s->If.test, next, false));
    TRY(Gen_Stmts(c, s->If.body, 0));
    if (has_else) {
        EMIT(NOWHERE, JUMP, end);
        HERE(next);
        TRY(Gen_Stmts(c, s->If.orelse, 0));
    }
    HERE(end);
    return 0;
}

static int gen_break(Compiler *c, Stmt *s)
{
    Location at = s->at;
    Undo *loop = NULL;
    EMIT(at, NOP, 0);
    TRY(Gen_UnwindAll(c, &at, false, &loop));
    if (loop == NULL) return Compile_Fail(c, s->at, "'break' outside loop");
    TRY(Gen_Unwind(c, &at, loop, false));
    return Emit(c, at, OP_JUMP, loop->exit);
}

static int gen_continue(Compiler *c, Stmt *s)
{
    Location at = s->at;
    Undo *loop = NULL;
    EMIT(at, NOP, 0);
    TRY(Gen_UnwindAll(c, &at, false, &loop));
    if (loop == NULL) return Compile_Fail(c, s->at, "'continue' not properly in loop");
    return Emit(c, at, OP_JUMP, loop->start);
}

/* A value that is no constant is computed before the blocks around are left. */
int Gen_Return(Compiler *c, Stmt *s)
{
    Expr *value = s->Return.value;
    Scope *scope = c->unit->scope;
    bool computed = value != NULL && value->kind != Constant_kind;
    Location at = s->at;
    if (!Scope_IsFunction(scope)) return Compile_Fail(c, at, "'return' outside function");
    if (value != NULL && scope->coroutine && scope->generator) return Compile_Fail(c, at, "'return' with value in async generator");
    if (computed) {
        TRY(Gen_Expr(c, value));
    } else if (value != NULL) {
        at = value->at;
        EMIT(at, NOP, 0);
    }
    if (value == NULL || value->at.line != s->at.line) {
        at = s->at;
        EMIT(at, NOP, 0);
    }
    TRY(Gen_UnwindAll(c, &at, computed, NULL));
    if (!computed) CONST(at, value == NULL ? None : value->Constant.value);
    return Emit(c, at, OP_RETURN_VALUE, 0);
}

/* ---- import ---- */
/* `import a.b.c as d` binds the last part. */
static int import_as(Compiler *c, Location at, Object *name, Object *asname)
{
    Size len = STR_LEN(name), dot = Str_Find(name, interp.chars['.'], 0, len, false);
    if (dot < 0) return Name_Emit(c, at, asname, Ctx_Store);
    while (dot >= 0) {
        Size begin = dot + 1;
        dot = Str_Find(name, interp.chars['.'], begin, len, false);
        Object *part = Str_Sub(name, begin, dot < 0 ? len : dot);
        part = part == NULL ? NULL : Own(c, Str_Intern(part));
        TRY(part == NULL ? -1 : Emit_Attr(c, at, OP_IMPORT_FROM, part, 0, 0));
        if (dot >= 0) {
            EMIT(at, SWAP, 2);
            EMIT(at, POP_TOP, 0);
        }
    }
    TRY(Name_Emit(c, at, asname, Ctx_Store));
    return Emit(c, at, OP_POP_TOP, 0);
}

static int import_plain(Compiler *c, Location at, Object *name)
{
    Size dot = Str_Find(name, interp.chars['.'], 0, STR_LEN(name), false);
    if (dot < 0) return Name_Emit(c, at, name, Ctx_Store);
    Object *first = Str_Sub(name, 0, dot);
    first = first == NULL ? NULL : Own(c, Str_Intern(first));
    return first == NULL ? -1 : Name_Emit(c, at, first, Ctx_Store);
}

int Gen_Import(Compiler *c, Stmt *s)
{
    for (Size i = 0; i < s->Import.names->n; i++) {
        Alias *a = s->Import.names->at[i];
        NEW_CONST(s->at, Int_FromLong(0));
        CONST(s->at, None);
        TRY(Emit_Attr(c, s->at, OP_IMPORT_NAME, a->name, 0, 0));
        TRY(a->asname != NULL ? import_as(c, s->at, a->name, a->asname) : import_plain(c, s->at, a->name));
    }
    return 0;
}

static Object *alias_names(AliasSeq *s)
{
    Object *names = Tuple_New(s->n);
    for (Size i = 0; names != NULL && i < s->n; i++) TUPLE_ITEM(names, i) = Ref(s->at[i]->name);
    return names;
}

int Gen_ImportFrom(Compiler *c, Stmt *s)
{
    AliasSeq *names = s->ImportFrom.names;
    Object *module = s->ImportFrom.module;
    if (module != NULL && s->at.line > c->last_future_line && STR_IS(module, "__future__")) {
        return Compile_Fail(c, s->at, "from __future__ imports must occur at the beginning of the file");
    }
    NEW_CONST(s->at, Int_FromLong(s->ImportFrom.level));
    NEW_CONST(s->at, alias_names(names));
    TRY(Emit_Attr(c, s->at, OP_IMPORT_NAME, module == NULL ? interp.empty_str : module, 0, 0));
    if (STR_IS(names->at[0]->name, "*")) {
        EMIT(s->at, CALL_INTRINSIC_1, INTRINSIC_1_IMPORT_STAR);
        return Emit(c, NOWHERE, OP_POP_TOP, 0);
    }
    for (Size i = 0; i < names->n; i++) {
        Alias *a = names->at[i];
        TRY(Emit_Attr(c, s->at, OP_IMPORT_FROM, a->name, 0, 0));
        TRY(Name_Emit(c, s->at, a->asname != NULL ? a->asname : a->name, Ctx_Store));
    }
    return Emit(c, s->at, OP_POP_TOP, 0);
}

/* ---- the rest ---- */
static int gen_assert(Compiler *c, Stmt *s)
{
    TRY(Warn_Assert(c, s));
    if (c->optimize > 0) return 0;
    LABEL(end);
    TRY(Gen_JumpIf(c, s->at, s->Assert.test, end, true));
    EMIT(s->at, LOAD_ASSERTION_ERROR, 0);
    if (s->Assert.msg != NULL) {
        TRY(Gen_Expr(c, s->Assert.msg));
        EMIT(s->at, CALL, 0);
    }
    EMIT(s->at, RAISE_VARARGS, 1);
    HERE(end);
    return 0;
}

static int gen_raise(Compiler *c, Stmt *s)
{
    int n = 0;
    if (s->Raise.exc != NULL) {
        TRY(Gen_Expr(c, s->Raise.exc));
        n++;
        if (s->Raise.cause != NULL) {
            TRY(Gen_Expr(c, s->Raise.cause));
            n++;
        }
    }
    return Emit(c, s->at, OP_RAISE_VARARGS, n);
}

static int gen_expr_stmt(Compiler *c, Stmt *s)
{
    Expr *value = s->Expr.value;
    if (c->interactive && c->unit->outer == NULL) {
        TRY(Gen_Expr(c, value));
        EMIT(s->at, CALL_INTRINSIC_1, INTRINSIC_1_PRINT);
        return Emit(c, NOWHERE, OP_POP_TOP, 0);
    }
    if (value->kind == Constant_kind) return Emit(c, s->at, OP_NOP, 0);
    TRY(Gen_Expr(c, value));
    return Emit(c, NOWHERE, OP_POP_TOP, 0);
}

static int gen_any(Compiler *c, Stmt *s)
{
    switch (s->kind) {
    case FunctionDef_kind: case AsyncFunctionDef_kind: return Gen_Function(c, s);
    case ClassDef_kind: return Gen_Class(c, s);
    case TypeAlias_kind: return Gen_TypeAlias(c, s);
    case Return_kind: return Gen_Return(c, s);
    case Delete_kind: return Gen_Exprs(c, s->Delete.targets);
    case Assign_kind: return gen_assign(c, s);
    case AugAssign_kind: return gen_augmented(c, s);
    case AnnAssign_kind: return gen_annotated(c, s);
    case For_kind: return gen_for(c, s);
    case AsyncFor_kind: return gen_async_for(c, s);
    case While_kind: return gen_while(c, s);
    case If_kind: return gen_if(c, s);
    case With_kind: case AsyncWith_kind: return Gen_With(c, s, 0);
    case Match_kind: return Gen_Match(c, s);
    case Raise_kind: return gen_raise(c, s);
    case Try_kind: return Gen_Try(c, s);
    case TryStar_kind: return Gen_TryStar(c, s);
    case Assert_kind: return gen_assert(c, s);
    case Import_kind: return Gen_Import(c, s);
    case ImportFrom_kind: return Gen_ImportFrom(c, s);
    case Global_kind: case Nonlocal_kind: return 0;
    case Expr_kind: return gen_expr_stmt(c, s);
    case Pass_kind: return Emit(c, s->at, OP_NOP, 0);
    case Break_kind: return gen_break(c, s);
    case Continue_kind: return gen_continue(c, s);
    default: return Err_Minus(Err_Set(EXC(SystemError), "no code is known for statement kind %d", s->kind));
    }
}

int Gen_Stmt(Compiler *c, Stmt *s) { return Stack_Ok(" during compilation") ? gen_any(c, s) : -1; }

int Gen_Stmts(Compiler *c, StmtSeq *s, Size from)
{
    for (Size i = from; i < s->n; i++) TRY(Gen_Stmt(c, s->at[i]));
    return 0;
}
