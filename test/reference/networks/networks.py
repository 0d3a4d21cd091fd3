"""Published networks with numbers of networkx and igraph: edge lists, node lists, numbers.json.

Run with Python 3.11, networkx 3.6.1, igraph 1.0.0: python networks.py
"""
import csv, json, math, random
import igraph, networkx as nx


def named(graph, groups):
    """Node names as text, the group as an attribute."""
    graph = nx.relabel_nodes(graph, {n: str(n) for n in graph})
    nx.set_node_attributes(graph, {str(n): str(g) for n, g in groups.items()}, "group")
    return graph


def communities(graph):
    return {n: f"c{i}" for i, c in enumerate(nx.community.greedy_modularity_communities(graph)) for n in c}


def random_directed():
    """Ties that are more likely within three groups, seeded: none of the published ones here is directed."""
    rng = random.Random(20261122)
    groups = {n: "abc"[n % 3] for n in range(120)}
    graph = nx.DiGraph()
    graph.add_nodes_from(groups)
    for a in groups:
        for b in groups:
            if a != b and rng.random() < (0.09 if groups[a] == groups[b] else 0.03):
                graph.add_edge(a, b)
    return graph, groups


def coleman(graph, sizes):
    """By hand: neither library has it. Undirected ties are sent by both."""
    n, group = sum(sizes.values()), nx.get_node_attributes(graph, "group")
    found = {}
    for g, size in sorted(sizes.items()):
        sent = [(a, b) for a, b in (graph if graph.is_directed() else graph.to_directed()).edges if group[a] == g]
        if not sent:
            found[g] = None
            continue
        h, w = sum(group[b] == g for _, b in sent) / len(sent), (size - 1) / (n - 1)
        found[g] = (h - w) / (1 - w) if h >= w else (h - w) / w
    return found


def numbers(graph):
    group = nx.get_node_attributes(graph, "group")
    sizes = {g: list(group.values()).count(g) for g in set(group.values())}
    flat = nx.Graph(graph.to_undirected())
    n, inner = flat.number_of_nodes(), sum(group[a] == group[b] for a, b in flat.edges)
    outer = flat.number_of_edges() - inner
    r = nx.attribute_assortativity_coefficient(flat, "group")
    without = []
    for edge in list(flat.edges):
        flat.remove_edge(*edge)
        without.append(nx.attribute_assortativity_coefficient(flat, "group"))
        flat.add_edge(*edge)
    other = igraph.Graph.from_networkx(flat)
    types = {g: i for i, g in enumerate(sorted(sizes))}
    by_igraph = {
        "density": other.density(),
        "transitivity": other.transitivity_undirected(),
        "average_clustering": other.transitivity_avglocal_undirected(mode="zero"),
        "assortativity": other.assortativity_nominal([types[g] for g in other.vs["group"]], directed=False),
        "components": len(other.connected_components()),
        "isolates": other.degree().count(0),
    }
    by_networkx = {
        "density": nx.density(flat),
        "transitivity": nx.transitivity(flat),
        "average_clustering": nx.average_clustering(flat),
        "assortativity": r,
        "components": nx.number_connected_components(flat),
        "isolates": nx.number_of_isolates(flat),
    }
    for key, value in by_networkx.items():
        assert math.isclose(value, by_igraph[key], rel_tol=1e-9), (key, value, by_igraph[key])
    se = math.sqrt(sum((x - r) ** 2 for x in without))
    return {
        "nodes": n,
        "edges": graph.number_of_edges(),
        **by_networkx,
        "triangles": sum(nx.triangles(flat).values()) // 3,
        "largest_component": max(map(len, nx.connected_components(flat))),
        "ei": (outer - inner) / (outer + inner),
        "ei_expected": 1 - 2 * sum(k * (k - 1) / 2 for k in sizes.values()) / (n * (n - 1) / 2),
        "assortativity_se": None if math.isnan(se) else se,
        "coleman": coleman(graph, sizes),
        "reciprocity": nx.overall_reciprocity(graph) if graph.is_directed() else None,
        **({"reciprocity_igraph": igraph.Graph.from_networkx(graph).reciprocity()} if graph.is_directed() else {}),
    }


def write(name, graph):
    with open(f"{name}-edges.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["from", "to"])
        rows.writerows(graph.edges)
    with open(f"{name}-nodes.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["node", "group"])
        rows.writerows(nx.get_node_attributes(graph, "group").items())


karate, davis, families, novel = (
    nx.karate_club_graph(), nx.davis_southern_women_graph(), nx.florentine_families_graph(), nx.les_miserables_graph(),
)
families.add_node("Pucci")  # the sixteenth family, without a marriage
toy = nx.DiGraph([*("ab", "ba", "ac", "bc", "de", "ef", "fd", "cd")])
toy.add_node("g")
graphs = {
    "karate": named(karate, nx.get_node_attributes(karate, "club")),
    "southern-women": named(davis, {n: "event" if d["bipartite"] else "woman" for n, d in davis.nodes(data=True)}),
    "florentine-families": named(families, communities(families)),
    "les-miserables": named(novel, communities(novel)),
    "random-directed": named(*random_directed()),
    "toy": named(toy, dict(a=1, b=1, c=2, d=2, e=3, f=3, g=1)),
}
for name, graph in graphs.items():
    write(name, graph)
with open("numbers.json", "w") as file:
    json.dump({name: numbers(graph) for name, graph in graphs.items()}, file, indent=2, sort_keys=True)
    file.write("\n")
