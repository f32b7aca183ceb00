package io.baton.session.catalogue;

/** Whether a text is proved to read only. */
public enum ReadVerdict {
  /** It is proved: every function and view in it is free of side effects. */
  PROVED,
  /** It is not proved, and cannot be with this catalogue: it runs on the writer. */
  NOT_A_READ,
  /** The catalogue has not been read yet: it runs on the writer, unless the caller refreshes. */
  NOT_KNOWN
}
