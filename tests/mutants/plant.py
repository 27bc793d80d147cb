# SPDX-License-Identifier: MIT
"""Plants all mutants of a C file in one copy of it.

Each place becomes a choice by the number in `mutant_`, which the environment's MUTANT sets when the program
starts: `a < b` is written `(mutant_ == 7 ? a <= b : mutant_ == 8 ? a >= b : (a < b))`. So a file is compiled and
its test programs are linked once, however many mutants it has, and trying one costs a run of the tests. Only one
number is chosen at a time, so a mutated branch holds the text as it was and only the last branch nests.

Places are found in libclang's tree, never in text; what a macro expands to is left alone.
"""
import re

import clang.cindex
from clang.cindex import CursorKind as Kind

PREAMBLE = """static long mutant_;
extern char *getenv(const char *);
extern long atol(const char *);
__attribute__((constructor)) static void mutant_choose_(void) {
  const char *text = getenv("MUTANT");
  mutant_ = text != 0 ? atol(text) : 0;
}
"""

RELATIONS = {"<": ("<=", ">="), ">": (">=", "<="), "<=": ("<", ">"), ">=": (">", "<"), "==": ("!=",), "!=": ("==",)}
LOGICAL = {"&&": "||", "||": "&&"}
BODIES = (Kind.IF_STMT, Kind.FOR_STMT, Kind.WHILE_STMT, Kind.DO_STMT, Kind.SWITCH_STMT, Kind.CASE_STMT,
          Kind.DEFAULT_STMT, Kind.COMPOUND_STMT, Kind.LABEL_STMT)
WRAPPERS = (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR, Kind.CSTYLE_CAST_EXPR)


class Mutant:
    """One mutant: its number, where it is, and what it makes of what. `key` names it beyond changes of lines."""

    def __init__(self, number, function, line, change):
        self.number = number
        self.function = function
        self.line = line
        self.change = change

    @property
    def key(self):
        return self.function + ": " + self.change


class Planter:
    def __init__(self, path, arguments):
        unit = clang.cindex.Index.create().parse(
            path, args=arguments, options=clang.cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        errors = [str(said) for said in unit.diagnostics if said.severity >= clang.cindex.Diagnostic.Error]
        if errors:
            raise RuntimeError("%s: libclang: %s" % (path, errors[0]))
        with open(path, "rb") as file:
            self.text = file.read()
        self.path = path
        self.mutants = []
        self.function = None
        own = [cursor for cursor in unit.cursor.get_children()
               if cursor.location.file is not None and cursor.location.file.name == path]
        self.macros = [self.span(cursor) for cursor in own if cursor.kind == Kind.MACRO_INSTANTIATION]
        pieces = []
        for cursor in own:
            if cursor.kind == Kind.FUNCTION_DECL and cursor.is_definition():
                pieces += self.plant_function(cursor)
        self.tell_apart()
        self.planted = PREAMBLE.encode() + b'#line 1 "' + path.encode() + b'"\n' + \
            self.splice(0, len(self.text), pieces)

    # Text.

    @staticmethod
    def span(node):
        return node.extent.start.offset, node.extent.end.offset

    def source(self, node):
        start, end = self.span(node)
        return self.text[start:end]

    @staticmethod
    def plain(text):
        return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text.decode(), flags=re.S)).strip()

    def splice(self, start, end, pieces):
        result = b""
        for piece_start, piece_end, text in sorted(pieces, key=lambda piece: piece[:2]):
            assert start <= piece_start <= piece_end <= end, (self.path, start, piece_start, text)
            result += self.text[start:piece_start] + text
            start = piece_end
        return result + self.text[start:end]

    def in_macro(self, node):
        start, end = self.span(node)
        return any(first <= start and end <= last for first, last in self.macros)

    # Mutants.

    def add(self, node, before, after):
        before, after = (self.plain(text) if isinstance(text, bytes) else text for text in (before, after))
        change = before + " => " + after
        self.mutants.append(Mutant(len(self.mutants) + 1, self.function, node.extent.start.line, change))
        return str(len(self.mutants)).encode()

    def tell_apart(self):
        seen = {}
        for mutant in self.mutants:
            seen[mutant.key] = seen.get(mutant.key, 0) + 1
            if seen[mutant.key] > 1:
                mutant.change += " #%d" % seen[mutant.key]

    def choose(self, node, alternatives, rest):
        """The node as a choice: alternatives are its mutated texts, rest is itself with what is planted in it."""
        start, end = self.span(node)
        text = b"".join(b"mutant_ == " + self.add(node, self.source(node), changed) + b" ? " + changed + b" : "
                        for changed in alternatives)
        return [(start, end, b"(" + text + b"(" + self.splice(start, end, rest) + b"))")]

    # Expressions.

    def inside(self, node):
        return [piece for child in node.get_children() for piece in self.expression(child)]

    def operator(self, node):
        left, right = node.get_children()
        return self.plain(self.text[self.span(left)[1]:self.span(right)[0]])

    def operands(self, node, operator):
        """The operands of a chain `a && b && c`."""
        bare = node
        while bare.kind == Kind.UNEXPOSED_EXPR and len(list(bare.get_children())) == 1:
            bare = next(bare.get_children())
        if bare.kind == Kind.BINARY_OPERATOR and not self.in_macro(bare) and self.operator(bare) == operator:
            left, right = bare.get_children()
            return self.operands(left, operator) + self.operands(right, operator)
        return [node]

    def plant_logical(self, node, operator):
        operands = self.operands(node, operator)
        texts = [self.source(operand) for operand in operands]
        join = (" %s " % operator).encode().join
        other = (" %s " % LOGICAL[operator]).encode()
        changed = []
        for i in range(len(texts)):
            changed.append(b"!!(" + join(texts[:i] + texts[i + 1:]) + b")")
            if i > 0:
                halves = [join(half) if len(half) == 1 else b"(" + join(half) + b")" for half in (texts[:i], texts[i:])]
                changed.append(b"(" + other.join(halves) + b")")
        return self.choose(node, changed, [piece for operand in operands for piece in self.expression(operand)])

    def plant_binary(self, node):
        operator = self.operator(node)
        if operator in LOGICAL:
            return self.plant_logical(node, operator)
        if operator not in RELATIONS:
            return self.inside(node)
        left, right = (self.source(child) for child in node.get_children())
        changed = [left + b" " + other.encode() + b" " + right for other in RELATIONS[operator]]
        return self.choose(node, changed, self.inside(node))

    def plant_literal(self, node):
        text = self.source(node)
        if text in (b"true", b"false"):
            return self.choose(node, [b"false" if text == b"true" else b"true"], [])
        if re.fullmatch(rb"(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*", text):
            return self.choose(node, [b"(" + text + b" + 1)", b"(" + text + b" - 1)"], [])
        if re.fullmatch(rb"'.*'", text):
            return self.choose(node, [b"(" + text + b" + 1)"], [])
        return []

    def is_decided(self, node):
        """Whether planting in the expression decides it already."""
        while node.kind in WRAPPERS and len(list(node.get_children())) == 1:
            node = next(node.get_children())
        if node.kind == Kind.BINARY_OPERATOR:
            return self.operator(node) in RELATIONS or self.operator(node) in LOGICAL
        return node.kind == Kind.UNARY_OPERATOR and self.source(node).startswith(b"!") or self.in_macro(node)

    def condition(self, node):
        if self.is_decided(node):
            return self.expression(node)
        return self.choose(node, [b"!(" + self.source(node) + b")"], self.expression(node))

    def expression(self, node):
        kind = node.kind
        if kind in (Kind.INTEGER_LITERAL, Kind.CHARACTER_LITERAL):
            return self.plant_literal(node)
        if self.in_macro(node) or kind == Kind.CXX_UNARY_EXPR:
            return []
        if kind == Kind.BINARY_OPERATOR:
            return self.plant_binary(node)
        if kind == Kind.UNARY_OPERATOR and self.source(node).startswith(b"!"):
            operand = self.source(next(node.get_children()))
            return self.choose(node, [b"!!" + operand], self.inside(node))
        if kind == Kind.CONDITIONAL_OPERATOR:
            asked, yes, no = node.get_children()
            return self.condition(asked) + self.expression(yes) + self.expression(no)
        if kind == Kind.INIT_LIST_EXPR and re.fullmatch(rb"[{\s]*0[}\s]*", self.source(node)):
            return []
        return self.inside(node)

    # Statements.

    def has_effect(self, node):
        while node.kind in WRAPPERS:
            node = list(node.get_children())[-1]
        return node.kind in (Kind.CALL_EXPR, Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR,
                             Kind.UNARY_OPERATOR)

    def plant_effect(self, node):
        """A call or an assignment, as a statement: it may be left out."""
        if self.in_macro(node) or not self.has_effect(node):
            return []
        start, end = self.span(node)
        number = self.add(node, self.source(node), b"nothing")
        inner = self.splice(start, end, self.expression(node))
        return [(start, end, b"(mutant_ == " + number + b" ? (void)0 : (void)(" + inner + b"))")]

    def plant_jump(self, node):
        start, end = self.span(node)
        number = self.add(node, self.source(node), b"nothing")
        end = self.text.index(b";", end) + 1
        return [(start, end, b"{ if (mutant_ != " + number + b") " + self.text[start:end] + b" }")]

    def plant_declaration(self, node):
        pieces = []
        for variable in node.get_children():
            equals = self.text.find(b"=", variable.location.offset, self.span(variable)[1])
            if variable.kind != Kind.VAR_DECL or equals < 0 or \
                    variable.storage_class == clang.cindex.StorageClass.STATIC:
                continue
            pieces += [piece for child in variable.get_children() if self.span(child)[0] > equals
                       for piece in self.expression(child)]
        return pieces

    def plant_for(self, node):
        children = list(node.get_children())
        close = self.text.index(b";", self.text.index(b";", self.span(node)[0]) + 1)
        pieces = []
        for child in children[:-1]:
            if child.kind == Kind.DECL_STMT:
                pieces += self.plant_declaration(child)
            elif self.span(child)[0] > close:
                pieces += self.plant_effect(child)
            else:
                pieces += self.expression(child)
        return pieces + self.statement(children[-1], True)

    def statement(self, node, in_loop):
        kind = node.kind
        children = list(node.get_children())
        if kind.is_expression():
            return self.plant_effect(node)
        if kind == Kind.DECL_STMT:
            return self.plant_declaration(node)
        if kind == Kind.FOR_STMT:
            return self.plant_for(node)
        if kind in (Kind.IF_STMT, Kind.WHILE_STMT):
            loop = in_loop or kind == Kind.WHILE_STMT
            return self.condition(children[0]) + [p for child in children[1:] for p in self.statement(child, loop)]
        if kind == Kind.DO_STMT:
            return self.statement(children[0], True) + self.condition(children[1])
        if kind == Kind.SWITCH_STMT:
            return self.expression(children[0]) + self.statement(children[1], False)
        if kind == Kind.CASE_STMT:
            return self.statement(children[1], in_loop)
        if kind == Kind.CONTINUE_STMT or kind == Kind.BREAK_STMT and not self.ends_block(node):
            return self.plant_jump(node)
        if kind == Kind.RETURN_STMT:
            return self.plant_return(node, children)
        if kind in BODIES:
            return [piece for child in children for piece in self.statement(child, in_loop)]
        return []

    def ends_block(self, node):
        """The last break of a switch does nothing."""
        return re.match(rb"\s*;\s*}", self.text[self.span(node)[1]:]) is not None and not self.loops_around(node)

    def loops_around(self, node):
        return re.search(rb"\b(case|default)\b[^{}]*$", self.text[:self.span(node)[0]]) is None

    def plant_return(self, node, children):
        if not children:
            return self.plant_jump(node)
        if children[0].type.get_canonical().spelling == "_Bool" and children[0].kind not in (Kind.INTEGER_LITERAL,):
            return self.condition(children[0])
        return self.expression(children[0])

    def plant_function(self, cursor):
        self.function = cursor.spelling
        body = list(cursor.get_children())[-1]
        start = self.span(body)[0] + 1
        result = cursor.result_type.spelling
        value = "" if result == "void" else " (%s){0}" % result
        number = self.add(cursor, "everything", "return" + value)
        entry = b" if (mutant_ == " + number + b") return" + value.encode() + b"; "
        return [(start, start, entry)] + self.statement(body, False)
