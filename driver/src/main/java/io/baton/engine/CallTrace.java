package io.baton.engine;

import io.baton.session.sql.KeyDraw;
import java.sql.SQLWarning;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The record of a call as its target sees it: it takes the traces of the results. */
public interface CallTrace {

  /** How the call drew keys from sequences; null if not in a form that can be written anew. */
  @Nullable KeyDraw keyDraw();

  /**
   * What is held while the application is given a result of this call, and while a replay compares
   * the results and puts others in their place. Nothing else is waited for while it is held.
   */
  ReentrantLock handing();

  /** The application was given the result of this call. */
  void trace(ResultTrace trace);

  /** The application was given the keys that this call generated. */
  void traceGeneratedKeys(ResultTrace trace);

  /** The application was given the warnings of this call, or was told that there are none. */
  void toldWarnings(@Nullable SQLWarning warnings);
}
