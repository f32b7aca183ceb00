package io.baton.testkit.junit;

import io.baton.testkit.PostgresCluster;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What makes {@link PostgresTest} work: hands out clusters, and mends them between tests. */
public final class PostgresExtension implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == PostgresCluster.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ExtensionContext annotated =
        annotated(context)
            .orElseThrow(
                () ->
                    new ParameterResolutionException(
                        "No @PostgresTest on " + context.getDisplayName() + " or around it"));
    ClusterPool pool =
        context
            .getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
            .getOrComputeIfAbsent(ClusterPool.class, key -> new ClusterPool(), ClusterPool.class);
    return annotated
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(
            Lease.class,
            key -> new Lease(pool, WantedCluster.of(annotation(annotated).orElseThrow())),
            Lease.class)
        .cluster();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    annotated(context)
        .map(annotated -> annotated.getStore(NAMESPACE).get(Lease.class, Lease.class))
        .ifPresent(Lease::afterTest);
  }

  /** The method or class, from the inside out, that says which cluster it wants. */
  private static Optional<ExtensionContext> annotated(ExtensionContext context) {
    Optional<ExtensionContext> candidate = Optional.of(context);
    while (candidate.isPresent() && annotation(candidate.get()).isEmpty()) {
      candidate = candidate.get().getParent();
    }
    return candidate;
  }

  private static Optional<PostgresTest> annotation(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), PostgresTest.class);
  }
}
