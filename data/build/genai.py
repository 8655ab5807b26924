"""Prints the providers of genai-prices' `data.py` as JSON, in the shape of its feed, without running any of it."""

import ast
import json
import sys

CLAUSES = {"or_": "or", "and_": "and"}


def value(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [value(element) for element in node.elts]
    if isinstance(node, ast.Dict):
        return {str(value(key)): value(item) for key, item in zip(node.keys, node.values) if key is not None}
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        args = [value(arg) for arg in node.args]
        if name == "Decimal":
            return float(str(args[0]))
        if name == "date":
            return "{:04}-{:02}-{:02}".format(*args)
        if name == "time":
            return "{:02}:{:02}:{:02}Z".format(*[*args, 0, 0, 0][:3])
        if name == "compile":
            return args[0]
        return {CLAUSES.get(word.arg or "", word.arg): value(word.value) for word in node.keywords}
    if isinstance(node, ast.Attribute):
        return None
    raise ValueError(f"line {node.lineno}: {ast.dump(node)[:200]}")


def main() -> None:
    tree = ast.parse(sys.stdin.read())
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", "") == "providers":
            kept = ("id", "name", "match", "context_window", "deprecated", "prices", "price_variants")
            json.dump(
                [
                    {
                        "id": provider["id"],
                        "models": [{key: model[key] for key in kept if key in model} for model in provider["models"]],
                    }
                    for provider in value(statement.value)
                ],
                sys.stdout,
            )
            return
    raise ValueError("no providers in data.py")


main()
