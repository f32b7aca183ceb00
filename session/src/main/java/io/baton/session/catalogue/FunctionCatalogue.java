package io.baton.session.catalogue;

/**
 * What is known of the functions and views of one database, shared by all of its sessions in this
 * JVM.
 *
 * <p>Thread-safe. Answers come from memory; only {@link CatalogueView#resolve} asks the server.
 */
public final class FunctionCatalogue {
  /** An empty catalogue. */
  public FunctionCatalogue() {}

  /**
   * The catalogue as sessions see it that have this search path and role.
   *
   * @param path a text that identifies search path and role, from the session's tracker
   */
  public CatalogueView view(String path) {
    return new CatalogueView(path);
  }

  /** Forgets everything: a definition has changed. */
  public void invalidate() {}
}
