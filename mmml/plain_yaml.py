"""YAML of somebody else: read without building what it names, and without going as deep as it asks."""

from typing import Any

import yaml

#: What reading hostile YAML may raise.
ERRORS = (yaml.YAMLError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)

_DEEPEST = 100
# A number of a million digits takes minutes to convert.
_LONGEST = 100_000
_KINDS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in _KINDS}


class PlainLoader(yaml.SafeLoader):
    """YAML's own types, to a limited depth. In pure Python: the C parser overruns its stack."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node, unless it lies too deep, is too long or stands for an object."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.YAMLError(f"it is nested deeper than {_DEEPEST}")
        node = super().compose_node(parent, index)
        if node is not None and node.tag not in _TAGS:
            raise yaml.YAMLError(f"it holds something of the kind {node.tag}")
        if isinstance(node, yaml.ScalarNode) and len(node.value) > _LONGEST:
            raise yaml.YAMLError(f"it holds a word of over {_LONGEST:,} characters")
        self._depth -= 1
        return node


class TreeLoader(PlainLoader):
    """A `PlainLoader` without aliases: what is written is all there is."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node that is no alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it holds an alias")
        return super().compose_node(parent, index)


def values_of(data: bytes, key: str) -> list[str]:
    """Return what a key stands for, wherever it occurs in a YAML document. Nothing is built from it.

    Raises:
        yaml.YAMLError: the document is broken, too deep, or has keys or values of ``key`` that are no words.
    """
    found: list[str] = []
    # Each node once: YAML's aliases can make a small file stand for billions of nodes, or for itself.
    seen: set[int] = set()
    ahead = [yaml.compose(data, Loader=PlainLoader)]
    while ahead:
        node = ahead.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            ahead.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if not isinstance(name, yaml.ScalarNode):
                    raise yaml.YAMLError("it has a key that is no word")
                if name.value == key:
                    if not isinstance(value, yaml.ScalarNode):
                        raise yaml.YAMLError(f"it has a {key} that is no word")
                    found.append(value.value)
                ahead.append(value)
    return found
