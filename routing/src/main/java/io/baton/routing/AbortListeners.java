package io.baton.routing;

import io.baton.routing.topology.Endpoint;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owners of physical connections, by endpoint, to be told when their endpoint is given up.
 *
 * <p>Safe for use by many threads; registering and leaving take constant time and no lock that is
 * held while a listener is called.
 */
final class AbortListeners {

  private static final Logger log = LoggerFactory.getLogger(AbortListeners.class);

  private final Map<Endpoint, Set<Entry>> entries = new ConcurrentHashMap<>();

  Registration register(Endpoint endpoint, AbortListener listener) {
    Set<Entry> siblings = entries.computeIfAbsent(endpoint, any -> ConcurrentHashMap.newKeySet());
    Entry entry = new Entry(siblings, listener);
    siblings.add(entry);
    return entry;
  }

  /** Calls all that are registered for the endpoint, and takes them off the list. */
  void abort(Endpoint endpoint, String reason) {
    for (Entry entry : entries.getOrDefault(endpoint, Set.of())) {
      entry.abort(reason);
    }
  }

  /** Calls all that are registered. */
  void abortAll(String reason) {
    entries.keySet().forEach(endpoint -> abort(endpoint, reason));
  }

  int registered(Endpoint endpoint) {
    return entries.getOrDefault(endpoint, Set.of()).size();
  }

  private static final class Entry implements Registration {

    /** The entries of the same endpoint. */
    private final Set<Entry> siblings;

    private final AbortListener listener;

    Entry(Set<Entry> siblings, AbortListener listener) {
      this.siblings = siblings;
      this.listener = listener;
    }

    void abort(String reason) {
      if (!siblings.remove(this)) {
        return; // it was closed, or another thread has called it
      }
      try {
        listener.abort(reason);
      } catch (RuntimeException failure) {
        log.warn("The owner of a connection failed to abort it: {}", reason, failure);
      }
    }

    @Override
    public void close() {
      siblings.remove(this);
    }
  }
}
