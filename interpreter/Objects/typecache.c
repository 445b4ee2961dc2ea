/* Versions of types and of dict keys, and the table of recent lookups on types that they make possible.
   Invariant: a type with a version has only bases with one; so Type_Modified may stop at 0. The table
   borrows: a value lives while its version holds, a name leaves the table when the string dies. */
#include "rabbit.h"

/* 0 when all numbers are used up, or while the type is still being made (or already taken apart). A class whose order names
   classes that are no bases never has one: nobody would tell it of their changes. */
uint32_t Type_AssignVersion(Type *type)
{
    if (type->version != 0 || type->mro == NULL || (type->flags & T_OWN_ORDER) || interp.type_versions == UINT32_MAX) {
        return type->version;
    }
    for (Size i = 0; i < TUPLE_LEN(type->bases); i++) {
        if (Type_AssignVersion((Type *)TUPLE_ITEM(type->bases, i)) == 0) {
            return 0;
        }
    }
    return type->version = interp.type_versions == UINT32_MAX ? 0 : ++interp.type_versions;
}

void Type_Modified(Type *type)
{
    if (type->version == 0) {
        return;
    }
    type->version = 0;
    for (Size i = 0; i < type->nsubclasses; i++) {
        Type_Modified(type->subclasses[i]);
    }
}

uint32_t Table_AssignVersion(Table *t)
{
    if (t->version == 0 && interp.keys_versions < UINT32_MAX) {
        t->version = ++interp.keys_versions;
    }
    return t->version;
}

static Size place_of(uint32_t version, Object *name)
{
    return (Size)((version * 31u ^ (uint32_t)((uintptr_t)name >> 4)) & (LOOKUPS - 1));
}

static Object *look_up_and_remember(Type *type, Object *name)
{
    Object *value = Type_Search(type, name);
    uint32_t version = Type_Version(type);
    if (version != 0 && TYPE(name) == &Str_Type && ((Str *)name)->interned) {
        Size i = place_of(version, name);
        ((Str *)name)->looked_up = true;
        interp.lookups[i].version = version;
        interp.lookups[i].name = name;
        interp.lookups[i].value = value;
    }
    return value;
}

Object *Type_Lookup(Type *type, Object *name)
{
    Size i = place_of(type->version, name);
    if (type->version != 0 && interp.lookups[i].version == type->version && interp.lookups[i].name == name) {
        return interp.lookups[i].value;
    }
    return look_up_and_remember(type, name);
}

/* An interned string that was looked up is about to die. */
void Lookup_Forget(Object *name)
{
    for (Size i = 0; i < LOOKUPS; i++) {
        if (interp.lookups[i].name == name) {
            interp.lookups[i].name = NULL;
        }
    }
}
