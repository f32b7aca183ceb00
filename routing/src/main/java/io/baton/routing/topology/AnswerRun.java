package io.baton.routing.topology;

/**
 * For how long an endpoint has answered without a break, and when it was last known to be a
 * standby: what tells a promotion beside a writer that was there all the time from one that
 * replaced a writer that was gone. Immutable.
 *
 * <p>Both are places in the cluster's sequence of probes and reports. The run begins with the
 * newest number at the moment the first answer <em>arrived</em>; a standby counts from when it was
 * <em>asked</em>. So a standby that is not older than the run was one while the other answered.
 *
 * @param since where the run began; 0 if there is none
 * @param standbyAt where the last question was asked that was answered as a standby; 0 if none was
 */
record AnswerRun(long since, long standbyAt) {

  static final AnswerRun NONE = new AnswerRun(0, 0);

  /**
   * After an answer.
   *
   * @param goesOn whether it is the server that answered before
   * @param newest the newest number in the sequence
   */
  AnswerRun afterAnswer(Observation.Answered answered, boolean goesOn, long newest) {
    return new AnswerRun(
        goesOn && since != 0 ? since : Math.max(1, newest),
        answered.status().standby() ? answered.sequence() : standbyAt);
  }

  AnswerRun broken() {
    return since == 0 ? this : new AnswerRun(0, standbyAt);
  }

  boolean isUnbroken() {
    return since != 0;
  }

  /** Whether this run goes on since before another endpoint was last known to be a standby. */
  boolean sawAsStandby(AnswerRun other) {
    return isUnbroken() && other.standbyAt > since;
  }
}
