package io.baton.session.catalogue;

/** Whether a text is proven to read only. */
public enum ReadVerdict {
  /** Proven: every function and view of it is free of side effects. */
  PROVEN,
  /** Not proven, and never will be while the catalogue stays as it is: to the writer. */
  NOT_A_READ,
  /** The catalogue has not been asked yet: to the writer, unless the caller asks. */
  NOT_KNOWN
}
