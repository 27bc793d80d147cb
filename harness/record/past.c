/* SPDX-License-Identifier: MIT */
/*
 * Causes beyond program order. A lane's events are in program order by themselves; what else has to come
 * before an event is an edge, made before the event is: "the next event of that lane happens after this one".
 *
 * A party (a coroutine, a background call, the thread itself) does things in several lanes, or in none: one
 * that only waits for a call and schedules another still hands on what it knows. So a party has a *past*: one
 * reference to what it did last and was told of since. Told of several things, it keeps them in a *joint*, an
 * event that nobody sees: what comes after the joint comes after all that was put into it. Most joints are
 * taken apart again, since the party's next event gets their edges; one stays where a silent party shares its
 * past (it schedules, it ends). Without them a thousand tasks that wait for a thousand others would be a
 * million edges.
 */
#include "record/store.h"

/* 0 for a joint, whose reference is beyond those of events. */
static harness__lane_t lane_of(const harness__recorder_t *recorder, harness__event_ref_t ref) {
  return ref != 0 && ref <= recorder->count ? harness__event_at(recorder, ref)->lane : 0;
}

/* False when memory is exhausted. */
static bool edge_add(harness__recorder_t *recorder, const harness__edge_t *edge) {
  harness__edge_t *edges =
      harness__grow(recorder->edges, recorder->edge_count, &recorder->edge_capacity, sizeof *edges);

  if (edges == NULL) {
    harness__recorder_fail(recorder);
    return false;
  }
  recorder->edges = edges;
  edges[recorder->edge_count++] = *edge;
  return true;
}

void harness__recorder_after(harness__recorder_t *recorder, harness__lane_t lane,
                             harness__event_ref_t before) {
  const harness__lane_info_t *info = harness__lane_at(recorder, lane);

  if (info != NULL && before != 0 && !recorder->off)
    (void)edge_add(recorder, &(harness__edge_t){.before = before, .ordinal = info->count, .lane = lane});
}

/* An empty joint's reference, or 0 when memory is exhausted. */
static harness__event_ref_t joint_new(harness__recorder_t *recorder) {
  harness__joint_t *joints;
  size_t index = recorder->spare_joint;

  if (index != 0) {
    recorder->spare_joint = recorder->joints[index - 1].next_spare;
    recorder->joints[index - 1] = (harness__joint_t){0};
    return HARNESS__JOINT | index;
  }
  joints = harness__grow(recorder->joints, recorder->joint_count, &recorder->joint_capacity, sizeof *joints);
  if (joints == NULL || recorder->joint_count == HARNESS__MOST_JOINTS) {
    harness__recorder_fail(recorder);
    return 0;
  }
  recorder->joints = joints;
  joints[recorder->joint_count++] = (harness__joint_t){0};
  return HARNESS__JOINT | recorder->joint_count;
}

static void joint_add(harness__recorder_t *recorder, harness__event_ref_t ref, harness__event_ref_t before) {
  size_t index = (size_t)(ref & ~HARNESS__JOINT) - 1;
  harness__edge_t edge = {.before = before, .ordinal = index, .next = recorder->joints[index].edges};

  if (edge_add(recorder, &edge))
    recorder->joints[index].edges = recorder->edge_count;
}

/* Gives a joint's edges to the next event of a lane. */
static void joint_dissolve(harness__recorder_t *recorder, harness__event_ref_t ref, harness__lane_t lane) {
  size_t index = (size_t)(ref & ~HARNESS__JOINT) - 1;
  size_t next;

  for (size_t at = recorder->joints[index].edges; at != 0; at = next) {
    harness__edge_t *edge = &recorder->edges[at - 1];

    next = edge->next;
    edge->lane = lane;
    edge->ordinal = recorder->lanes[lane - 1].count;
  }
  recorder->joints[index].next_spare = recorder->spare_joint;
  recorder->spare_joint = index + 1;
}

void harness__past_add(harness__recorder_t *recorder, harness__past_t *past, harness__event_ref_t before) {
  harness__lane_t lane = lane_of(recorder, before);
  harness__event_ref_t joint;

  if (before == 0 || before == past->ref || recorder->off)
    return;
  if (past->ref == 0) {
    past->ref = before;
    return;
  }
  if (lane != 0 && lane == lane_of(recorder, past->ref)) {
    past->ref = before > past->ref ? before : past->ref;
    return;
  }
  if (!past->gathers) {
    joint = joint_new(recorder);
    if (joint == 0)
      return;
    joint_add(recorder, joint, past->ref);
    *past = (harness__past_t){.ref = joint, .gathers = true};
  }
  joint_add(recorder, past->ref, before);
}

harness__event_ref_t harness__past_share(harness__past_t *past) {
  past->gathers = false;
  return past->ref;
}

void harness__past_put_behind(harness__recorder_t *recorder, harness__past_t *past, harness__lane_t lane) {
  if (past->gathers)
    joint_dissolve(recorder, past->ref, lane);
  else if (lane_of(recorder, past->ref) != lane)
    harness__recorder_after(recorder, lane, past->ref);
  *past = (harness__past_t){0};
}
