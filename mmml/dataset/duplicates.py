"""Near-duplicates: shots of one scene must not fall on both sides of a split."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: How many fingerprints are compared with all others at a time; bounds the memory.
_BLOCK = 256


def merge_near_duplicates(
    groups: Sequence[str], fingerprints: Sequence[NDArray[np.float32] | None], radius: float
) -> tuple[list[str], int]:
    """Put samples with near-duplicate contents into one group, with everything else of their groups.

    Nearness is passed on: where A is near B and B near C, all three end in one group.

    Args:
        groups: the group of every sample, n names.
        fingerprints: float32 of shape (d,) for every sample (`Value.fingerprint`); None is near to nothing.
        radius: largest Euclidean distance of near-duplicates, itself included.

    Returns:
        The new group of every sample, named by the smallest name among the groups that it unites, and how
        many samples have another group than before.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from sklearn.neighbors import NearestNeighbors

    shown = [fingerprint for fingerprint in fingerprints if fingerprint is not None]
    if not shown:
        return list(groups), 0
    names, group = np.unique(np.array(groups, dtype=object), return_inverse=True)
    owners = group[[fingerprint is not None for fingerprint in fingerprints]]
    vectors = np.stack(shown)
    neighbours = NearestNeighbors(radius=radius, algorithm="brute").fit(vectors)

    united = np.arange(len(names))
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        owner = united[owners]
        near = neighbours.radius_neighbors_graph(vectors[block]).tocoo()
        left, right = owner[block][near.row], owner[near.col]
        # Pairs that are united already say nothing; thousands of shots of one wall have millions of them.
        news = left != right
        edges = coo_array((near.data[news], (left[news], right[news])), shape=(len(names),) * 2)
        component = connected_components(edges, directed=False)[1][united]
        # The first group of a component has its smallest name, for the names are sorted.
        _, first, which = np.unique(component, return_index=True, return_inverse=True)
        united = first[which]

    merged = [str(name) for name in names[united[group]]]
    return merged, sum(new != old for new, old in zip(merged, groups, strict=True))
