package io.baton.engine;

/** Whether a call may be run again whose connection was lost. */
enum Rerun {
  /** It is not to be blamed for the loss. */
  FREELY,
  /** Its backend ended while it ran: not once more. */
  FOR_THE_LAST_TIME,
  /** What the server did stands. */
  NEVER
}
