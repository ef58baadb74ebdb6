#include "orchestrator/workflow_edges.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NODE_HINTS 20 /* dangling edges with a hint: each looks at every node */

static void add_dangling(
	const struct workflow *w, const char *pointer, const char *id, struct faults *faults, size_t *hints)
{
	const char *nearest = NULL;

	if ((*hints)++ < MAX_NODE_HINTS) {
		const char **ids = xcalloc(w->node_count, sizeof *ids);

		for (size_t i = 0; i < w->node_count; i++)
			ids[i] = w->nodes[i].id;
		nearest = nearest_name(id, ids, w->node_count);
		free(ids);
	}
	if (nearest)
		faults_add(faults, FAULT_ERROR, pointer, "no node has the id \"%.60s\"; did you mean \"%s\"?",
			id, nearest);
	else
		faults_add(faults, FAULT_ERROR, pointer,
			"no node has the id \"%.60s\": connect the edge or remove it", id);
}

/* One end of an edge, NULL with a fault where there is none. */
static struct node *read_end(const struct workflow *w, const cJSON *json, const char *pointer,
	const char *member, struct faults *faults, size_t *hints)
{
	const char *id = json_string(json, member, NULL);
	struct node *node = id ? workflow_find(w, id) : NULL;
	char *place = json_pointer_child(pointer, member);

	if (!id)
		faults_add(faults, FAULT_ERROR, pointer, "an edge needs a \"%s\" (a node's id)", member);
	else if (!node)
		add_dangling(w, place, id, faults, hints);
	free(place);
	return node;
}

static void read_edge(
	struct workflow *w, const cJSON *json, size_t index, struct faults *faults, size_t *hints)
{
	char *pointer = xasprintf("/edges/%zu", index);
	const char *handle = json_string(json, "sourceHandle", NULL);
	struct node *source = NULL, *target = NULL;

	if (cJSON_IsObject(json)) {
		source = read_end(w, json, pointer, "source", faults, hints);
		target = read_end(w, json, pointer, "target", faults, hints);
	} else {
		faults_add(faults, FAULT_ERROR, pointer, "an edge must be an object");
	}
	if (source && target)
		w->edges[w->edge_count++] = (struct edge){
			.id = json_string(json, "id", NULL),
			.source = source,
			.target = target,
			.handle = handle,
			.intent = handle && !strncmp(handle, "intent-", 7) ? handle + 7 : NULL,
		};
	free(pointer);
}

/* By source, then target, then place in the file. */
static int compare_ends(const void *a, const void *b)
{
	const struct edge *p = *(struct edge *const *)a, *q = *(struct edge *const *)b;

	if (p->source != q->source)
		return p->source < q->source ? -1 : 1;
	if (p->target != q->target)
		return p->target < q->target ? -1 : 1;
	return (p > q) - (p < q);
}

static int compare_places(const void *a, const void *b)
{
	const struct edge *p = *(struct edge *const *)a, *q = *(struct edge *const *)b;

	if (p->source != q->source)
		return p->source < q->source ? -1 : 1;
	return (p > q) - (p < q);
}

/* Gives every node its out: sorted by ends, repeated targets dropped, then back in file order. */
static void link_nodes(struct workflow *w)
{
	size_t kept = 0;

	w->adjacent = xcalloc(w->edge_count, sizeof *w->adjacent);
	for (size_t i = 0; i < w->edge_count; i++)
		w->adjacent[i] = &w->edges[i];
	qsort(w->adjacent, w->edge_count, sizeof *w->adjacent, compare_ends);
	for (size_t i = 0; i < w->edge_count; i++) {
		struct edge *edge = w->adjacent[i], *last = kept ? w->adjacent[kept - 1] : NULL;

		if (!last || last->source != edge->source || last->target != edge->target)
			w->adjacent[kept++] = edge;
	}
	qsort(w->adjacent, kept, sizeof *w->adjacent, compare_places);
	for (size_t i = 0; i < kept; i++) {
		struct node *source = w->adjacent[i]->source;

		if (!source->out_count++)
			source->out = &w->adjacent[i];
	}
}

void workflow_read_edges(struct workflow *w, const cJSON *array, struct faults *faults)
{
	size_t index = 0, hints = 0;
	const cJSON *json;

	w->edges = xcalloc((size_t)cJSON_GetArraySize(array), sizeof *w->edges);
	cJSON_ArrayForEach(json, array) read_edge(w, json, index++, faults, &hints);
	link_nodes(w);
}
