/* The virtual machine. One C activation runs many frames: a call of a Python function pushes a
   frame and goes on here, so that Python's depth does not use up C's stack. The stack pointer lives
   in a local variable while a frame runs (frame->top is 0) and in frame->top while it waits. */
#include "rabbit.h"
#include "compile.h"
#include "evalhelp.h"

static Object **stack_base(Frame *f) { return f->slots + f->code->nlocals + f->code->ncells + f->code->nfrees; }

static int push_frame(Frame *f, bool entry)
{
    Thread *th = THREAD;
    if (th->depth >= th->depth_limit) {
        return Err_Minus(Err_Set(EXC(RecursionError), "maximum recursion depth exceeded"));
    }
    th->depth++;
    f->back = th->frame;
    f->entry = entry;
    th->frame = f;
    return 0;
}

static void pop_frame(Frame *f)
{
    THREAD->depth--;
    THREAD->frame = f->back;
    f->back = NULL;
}

static void drop_stack(Object **base, Object **sp)
{
    while (sp > base) {
        Object *o = *--sp;
        XUnref(o);
    }
}

/* The frame for a call of a plain Python function, or NULL: not one (*plain false) or an exception. */
static Frame *python_call(Object *callable, Object **args, Size n, Object *kwnames, bool *plain)
{
    *plain = TYPE(callable) == &Function_Type && !(((Function *)callable)->code->flags & CODE_GENERATOR);
    return *plain ? Frame_ForCall((Function *)callable, args, n, kwnames) : NULL;
}

static const char unbound_local[] = "cannot access local variable '%U' where it is not associated with a value";

#define PUSH(value) (*sp++ = (value))
#define POP() (*--sp)
#define TOP() (sp[-1])
#define NAME(i) TUPLE_ITEM(code->names, i)
#define CELL(i) ((Cell *)f->slots[code->nlocals + (i)])
#define CASE(op) case OP_##op:
#define NEXT continue
#define CHECK(ok) if (!(ok)) goto error; NEXT
/* Replace the operand(s) by the result. */
#define UNARY_RESULT(expression) do { value = POP(); PUSH(expression); Unref(value); \
    if (TOP() == NULL) { sp--; goto error; } } while (0)
#define BINARY_RESULT(expression) do { right = POP(); left = POP(); value = (expression); Unref(left); Unref(right); \
    if (value == NULL) { goto error; } PUSH(value); } while (0)

Object *Eval_Frame(Frame *f, Object *sent)
{
    Object *value, *left, *right, **sp;
    Code *code;
    const Instr *instrs;
    int arg, r;

    if (!Stack_Ok(" while calling a Python object") || push_frame(f, true) < 0) {
        XUnref(sent);
        return NULL;
    }
start:
    code = f->code;
    instrs = code->instrs;
    sp = stack_base(f) + f->top;
    f->top = 0;
    if (sent != NULL) {
        PUSH(sent);
        sent = NULL;
    } else if (Err_Occurred()) {
        goto error;
    }
    for (;;) {
        Instr instr = instrs[f->ip++];
        arg = (int)(instr >> 8);
        switch (instr & 0xff) {
        CASE(NOP) NEXT;
        CASE(POP_TOP) value = POP(); Unref(value); NEXT;
        CASE(COPY) value = Ref(sp[-arg]); PUSH(value); NEXT;
        CASE(SWAP) value = TOP(); TOP() = sp[-arg]; sp[-arg] = value; NEXT;
        CASE(PUSH_NULL) PUSH(NULL); NEXT;
        CASE(LOAD_CONST) PUSH(Ref(TUPLE_ITEM(code->consts, arg))); NEXT;
        CASE(LOAD_FAST)
            value = f->slots[arg];
            if (value == NULL) {
                Eval_NoName(EXC(UnboundLocalError), unbound_local, TUPLE_ITEM(code->varnames, arg));
                goto error;
            }
            PUSH(Ref(value));
            NEXT;
        CASE(STORE_FAST) value = POP(); ASSIGN(f->slots[arg], value); NEXT;
        CASE(DELETE_FAST)
            if (f->slots[arg] == NULL) {
                Eval_NoName(EXC(UnboundLocalError), unbound_local, TUPLE_ITEM(code->varnames, arg));
                goto error;
            }
            CLEAR(f->slots[arg]);
            NEXT;
        CASE(LOAD_NAME) PUSH(Eval_LoadName(f, NAME(arg))); if (TOP() == NULL) { sp--; goto error; } NEXT;
        CASE(STORE_NAME) value = POP(); r = Object_SetItem(f->locals, NAME(arg), value); Unref(value); CHECK(r == 0);
        CASE(DELETE_NAME)
            if (Object_SetItem(f->locals, NAME(arg), NULL) < 0) {
                if (Err_Swallow(EXC(KeyError))) Eval_NoName(EXC(NameError), "name '%U' is not defined", NAME(arg));
                goto error;
            }
            NEXT;
        CASE(LOAD_GLOBAL) PUSH(Eval_LoadGlobal(f, NAME(arg))); if (TOP() == NULL) { sp--; goto error; } NEXT;
        CASE(STORE_GLOBAL) value = POP(); r = Dict_Set(f->globals, NAME(arg), value); Unref(value); CHECK(r == 0);
        CASE(DELETE_GLOBAL)
            if (Dict_Del(f->globals, NAME(arg)) < 0) {
                if (Err_Swallow(EXC(KeyError))) Eval_NoName(EXC(NameError), "name '%U' is not defined", NAME(arg));
                goto error;
            }
            NEXT;
        CASE(LOAD_CLASSDEREF)
            value = arg < code->ncells ? TUPLE_ITEM(code->cellvars, arg) : TUPLE_ITEM(code->freevars, arg - code->ncells);
            if ((left = Dict_Get(f->locals, value)) != NULL) {
                PUSH(Ref(left));
                NEXT;
            }
            __attribute__((fallthrough));
        CASE(LOAD_DEREF)
            if ((value = CELL(arg)->value) == NULL) {
                Eval_Deref(f, arg, &value);
                goto error;
            }
            PUSH(Ref(value));
            NEXT;
        CASE(STORE_DEREF) value = POP(); ASSIGN(CELL(arg)->value, value); NEXT;
        CASE(DELETE_DEREF)
            if (CELL(arg)->value == NULL) {
                Eval_Deref(f, arg, &value);
                goto error;
            }
            CLEAR(CELL(arg)->value);
            NEXT;
        CASE(LOAD_CLOSURE) PUSH(Ref(CELL(arg))); NEXT;
        CASE(LOAD_ATTR) UNARY_RESULT(Object_GetAttr(value, NAME(arg))); NEXT;
        CASE(STORE_ATTR)
            left = POP(), right = POP();
            r = Object_SetAttr(left, NAME(arg), right);
            Unref(left), Unref(right);
            CHECK(r == 0);
        CASE(DELETE_ATTR) left = POP(); r = Object_SetAttr(left, NAME(arg), NULL); Unref(left); CHECK(r == 0);
        CASE(LOAD_METHOD)
            left = POP();
            r = Object_GetMethod(left, NAME(arg), &value);
            if (r < 0) {
                Unref(left);
                goto error;
            }
            PUSH(value);
            PUSH(r == 1 ? left : NULL);
            if (r == 0) Unref(left);
            NEXT;
        CASE(BINARY_SUBSCR) BINARY_RESULT(Object_GetItem(left, right)); NEXT;
        CASE(STORE_SUBSCR)
            right = POP(), left = POP(), value = POP();
            r = Object_SetItem(left, right, value);
            Unref(right), Unref(left), Unref(value);
            CHECK(r == 0);
        CASE(DELETE_SUBSCR) right = POP(); left = POP(); r = Object_SetItem(left, right, NULL); Unref(right), Unref(left); CHECK(r == 0);
        CASE(BINARY_OP) BINARY_RESULT(Number_Binary(left, right, arg)); NEXT;
        CASE(INPLACE_OP) BINARY_RESULT(Number_Inplace(left, right, arg)); NEXT;
        CASE(UNARY_OP)
            if (arg == UNARY_NOT) {
                value = POP();
                r = Object_IsTrue(value);
                Unref(value);
                if (r < 0) goto error;
                PUSH(Ref(r ? False : True));
                NEXT;
            }
            UNARY_RESULT(Number_Unary(value, arg));
            NEXT;
        CASE(COMPARE_OP) BINARY_RESULT(Eval_Compare(left, right, arg)); NEXT;
        CASE(BUILD_TUPLE)
            if ((value = Tuple_New(arg)) == NULL) goto error;
            sp -= arg;
            if (arg > 0) Mem_Copy(((Tuple *)value)->items, sp, (size_t)arg * sizeof(Object *));
            PUSH(value);
            NEXT;
        CASE(BUILD_LIST)
            if ((value = List_New(arg)) == NULL) goto error;
            sp -= arg;
            if (arg > 0) Mem_Copy(((List *)value)->items, sp, (size_t)arg * sizeof(Object *));
            PUSH(value);
            NEXT;
        CASE(BUILD_SET)
            value = Set_New(NULL);
            for (int i = arg; value != NULL && i > 0; i--) {
                if (Set_Add(value, sp[-i]) < 0) CLEAR(value);
            }
            drop_stack(sp - arg, sp);
            sp -= arg;
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(BUILD_MAP)
            value = Eval_BuildMap(sp - 2 * arg, arg);
            drop_stack(sp - 2 * arg, sp);
            sp -= 2 * arg;
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(BUILD_SLICE)
            value = Slice_New(sp[-3], sp[-2], sp[-1]);
            drop_stack(sp - 3, sp);
            sp -= 3;
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(BUILD_STRING)
            value = Eval_BuildString(sp - arg, arg);
            drop_stack(sp - arg, sp);
            sp -= arg;
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(LIST_APPEND) value = POP(); r = List_Append(sp[-arg], value); Unref(value); CHECK(r == 0);
        CASE(SET_ADD) value = POP(); r = Set_Add(sp[-arg], value); Unref(value); CHECK(r == 0);
        CASE(MAP_ADD)
            right = POP(), left = POP();
            r = Dict_Set(sp[-arg], left, right);
            Unref(left), Unref(right);
            CHECK(r == 0);
        CASE(LIST_EXTEND)
            value = POP();
            if (TYPE(value)->iter == NULL && TYPE(value)->getitem == NULL) {
                Err_Set(EXC(TypeError), "Value after * must be an iterable, not %T", value);
                r = -1;
            } else {
                r = List_Extend(sp[-arg], value);
            }
            Unref(value);
            CHECK(r == 0);
        CASE(SET_UPDATE) value = POP(); r = Set_Update(sp[-arg], value); Unref(value); CHECK(r == 0);
        CASE(DICT_UPDATE)
            value = POP();
            if (TYPE(value)->getitem == NULL) {
                Err_Set(EXC(TypeError), "'%T' object is not a mapping", value);
                r = -1;
            } else {
                r = Dict_Update(sp[-arg], value);
            }
            Unref(value);
            CHECK(r == 0);
        CASE(DICT_MERGE) value = POP(); r = Eval_Merge(sp[-1], value, sp[-3]); Unref(value); CHECK(r == 0);
        CASE(LIST_TO_TUPLE) UNARY_RESULT(List_ToTuple(value)); NEXT;
        CASE(FORMAT_VALUE)
            right = arg & 1 ? POP() : NULL;
            left = POP();
            value = Eval_Format(left, arg, right);
            Unref(left), XUnref(right);
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(UNPACK_SEQUENCE)
            value = POP();
            r = Eval_Unpack(value, arg, 0, false, sp + arg);
            Unref(value);
            if (r < 0) goto error;
            sp += arg;
            NEXT;
        CASE(UNPACK_EX)
            value = POP();
            r = (arg & 0xff) + (arg >> 8) + 1;
            if (Eval_Unpack(value, arg & 0xff, arg >> 8, true, sp + r) < 0) {
                Unref(value);
                goto error;
            }
            Unref(value);
            sp += r;
            NEXT;
        CASE(JUMP) f->ip = arg; NEXT;
        CASE(POP_JUMP_IF_FALSE)
            value = POP();
            r = Object_IsTrue(value);
            Unref(value);
            if (r < 0) goto error;
            if (r == 0) f->ip = arg;
            NEXT;
        CASE(POP_JUMP_IF_TRUE)
            value = POP();
            r = Object_IsTrue(value);
            Unref(value);
            if (r < 0) goto error;
            if (r == 1) f->ip = arg;
            NEXT;
        CASE(JUMP_IF_FALSE_OR_POP)
        CASE(JUMP_IF_TRUE_OR_POP)
            r = Object_IsTrue(TOP());
            if (r < 0) goto error;
            if (r == ((instr & 0xff) == OP_JUMP_IF_TRUE_OR_POP)) {
                f->ip = arg;
            } else {
                value = POP();
                Unref(value);
            }
            NEXT;
        CASE(GET_ITER) UNARY_RESULT(Object_GetIter(value)); NEXT;
        CASE(FOR_ITER)
            if ((value = Iter_Next(TOP())) != NULL) {
                PUSH(value);
                NEXT;
            }
            if (Err_Occurred()) goto error;
            value = POP();
            Unref(value);
            f->ip = arg;
            NEXT;
        CASE(CALL)
        CASE(CALL_KW) {
            Object *kwnames = (instr & 0xff) == OP_CALL_KW ? POP() : NULL;
            Object **base = sp - arg - 2, **args = base[1] != NULL ? base + 1 : base + 2, *callable = base[0];
            Size n = sp - args - (kwnames == NULL ? 0 : TUPLE_LEN(kwnames));
            bool plain;
            if (TYPE(callable) == &Method_Type && base[1] == NULL) {
                base[1] = Ref(((Method *)callable)->self);
                base[0] = Ref(((Method *)callable)->func);
                Unref(callable);
                callable = base[0], args = base + 1, n++;
            }
            Frame *callee = python_call(callable, args, n, kwnames, &plain);
            value = plain ? NULL : Call(callable, args, n, kwnames);
            drop_stack(base, sp);
            sp = base;
            XUnref(kwnames);
            if (callee != NULL) {
                f->top = (int)(sp - stack_base(f));
                if (push_frame(callee, false) < 0) {
                    f->top = 0;
                    Unref(callee);
                    goto error;
                }
                f = callee;
                goto start;
            }
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        }
        CASE(CALL_EX)
            right = POP();
            left = POP();
            value = Eval_CallEx(TOP(), left, right);
            Unref(left), XUnref(right);
            left = POP();
            Unref(left);
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(MAKE_FUNCTION)
            right = POP(), left = POP();
            r = (arg & 1) + (arg >> 1 & 1) + (arg >> 2 & 1) + (arg >> 3 & 1);
            value = Eval_MakeFunction(f, left, right, arg, sp - r);
            Unref(left), Unref(right);
            drop_stack(sp - r, sp);
            sp -= r;
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        CASE(LOAD_BUILD_CLASS)
            if ((value = Dict_GetStr(f->builtins, "__build_class__")) == NULL) {
                Err_Set(EXC(NameError), "__build_class__ not found");
                goto error;
            }
            PUSH(Ref(value));
            NEXT;
        CASE(RETURN_VALUE) {
            value = POP();
            f->ip = -1;
            drop_stack(stack_base(f), sp);
            bool entry = f->entry;
            Frame *back = f->back;
            pop_frame(f);
            if (entry) {
                return value;
            }
            Unref(f);
            f = back;
            sent = value;
            goto start;
        }
        CASE(YIELD_VALUE)
            value = POP();
            f->top = (int)(sp - stack_base(f));
            pop_frame(f);
            return value;
        CASE(GET_YIELD_FROM_ITER) UNARY_RESULT(Eval_YieldFromIter(value)); NEXT;
        CASE(YIELD_FROM)
            right = POP();
            r = Gen_SendTo(TOP(), right, &value);
            Unref(right);
            if (r < 0) goto error;
            if (r == 0) {
                left = POP();
                Unref(left);
                PUSH(value);
                NEXT;
            }
            f->ip--;
            f->top = (int)(sp - stack_base(f));
            pop_frame(f);
            return value;
        CASE(SETUP_TRY) f->blocks[f->nblocks++] = (Block){arg, (int)(sp - stack_base(f))}; NEXT;
        CASE(SETUP_WITH)
            value = POP();
            r = Eval_Enter(value, &left, &right);
            Unref(value);
            if (r < 0) goto error;
            PUSH(left);
            f->blocks[f->nblocks++] = (Block){arg, (int)(sp - stack_base(f))};
            PUSH(right);
            NEXT;
        CASE(POP_BLOCK) f->nblocks--; NEXT;
        CASE(PUSH_EXC_INFO)
            value = TOP();
            TOP() = THREAD->exc_top->exc == NULL ? None : THREAD->exc_top->exc;
            THREAD->exc_top->exc = value;
            NEXT;
        CASE(LOAD_EXC) PUSH(Ref(THREAD->exc_top->exc)); NEXT;
        CASE(POP_EXCEPT) value = POP(); ASSIGN(THREAD->exc_top->exc, value == None ? NULL : value); NEXT;
        CASE(CHECK_EXC_MATCH)
            right = POP(), left = POP();
            r = Eval_ExcMatch(left, right);
            Unref(left), Unref(right);
            if (r < 0) goto error;
            PUSH(Ref(r ? True : False));
            NEXT;
        CASE(RERAISE) Err_Restore(POP()); goto unwind;
        CASE(RAISE_VARARGS)
            r = Eval_Raise(arg, sp - arg);
            drop_stack(sp - arg, sp);
            sp -= arg;
            if (r == 1) goto error;
            goto unwind;
        CASE(LOAD_ASSERTION_ERROR) PUSH(Ref(EXC(AssertionError))); NEXT;
        CASE(WITH_EXIT)
            left = POP();
            value = Eval_WithExit(left, NULL);
            Unref(left);
            if (value == NULL) goto error;
            Unref(value);
            NEXT;
        CASE(WITH_EXCEPT_START) value = Eval_WithExit(sp[-2], THREAD->exc_top->exc); if (value == NULL) goto error; PUSH(value); NEXT;
        CASE(IMPORT_NAME) {
            Object *fromlist = POP(), *level = POP(), *args[5] = {NAME(arg), f->globals, None, fromlist, level};
            Object *import = Dict_Get(f->builtins, ID(__import__));
            value = import == NULL ? Err_Set(EXC(ImportError), "__import__ not found") : Call(import, args, 5, NULL);
            Unref(fromlist), Unref(level);
            if (value == NULL) goto error;
            PUSH(value);
            NEXT;
        }
        CASE(IMPORT_FROM) value = Import_From(TOP(), NAME(arg)); if (value == NULL) goto error; PUSH(value); NEXT;
        CASE(IMPORT_STAR) value = POP(); r = Import_Star(value, f->locals); Unref(value); CHECK(r == 0);
        CASE(SETUP_ANNOTATIONS)
            if (Dict_Get(f->locals, ID(__annotations__)) == NULL && Dict_SetNew(f->locals, "__annotations__", Dict_New()) < 0) goto error;
            NEXT;
        default:
            Err_Set(EXC(SystemError), "unknown opcode %d", (int)(instr & 0xff));
            goto error;
        }
    error:
        if (Traceback_Here(f) < 0) {
            goto unwind;
        }
    unwind:
        if (f->nblocks > 0) {
            Block block = f->blocks[--f->nblocks];
            drop_stack(stack_base(f) + block.level, sp);
            sp = stack_base(f) + block.level;
            PUSH(Err_Fetch());
            f->ip = block.handler;
            continue;
        }
        drop_stack(stack_base(f), sp);
        sp = stack_base(f);
        bool entry = f->entry;
        Frame *back = f->back;
        pop_frame(f);
        if (entry) {
            return NULL;
        }
        Unref(f);
        f = back;
        goto start;
    }
}
