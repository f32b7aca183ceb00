package io.baton.testkit.junit;

import io.baton.testkit.PostgresVersion;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * States which PostgreSQL cluster the tests of a class, or one test method, run on. They get it as
 * a parameter of type {@link io.baton.testkit.PostgresCluster}.
 *
 * <pre>{@code
 * @PostgresTest(standbys = 2, synchronous = true)
 * class OrdersTest {
 *   @Test
 *   void order_placedDuringFailover_isKept(PostgresCluster cluster) {
 *     ...
 *     cluster.failover();
 *     ...
 *   }
 * }
 * }</pre>
 *
 * <p>The tests of a class share a cluster, one after the other: after a test that did faults to it,
 * it is brought back to what was stated, with another node as primary perhaps; what the test wrote
 * stays. Between classes that state the same, it is handed on with an empty database. Can be used
 * as a meta-annotation. Needs JUnit Jupiter 5.13 or newer.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(PostgresExtension.class)
public @interface PostgresTest {
  /** The version of the servers; {@link PostgresVersion#preferred()} if none is given. */
  PostgresVersion[] version() default {};

  /** How many standbys stream from the primary. */
  int standbys() default 0;

  /** Whether commits wait until a standby has them on disk. */
  boolean synchronous() default false;

  /** Settings for {@code postgresql.conf}, each as {@code name=value}. */
  String[] settings() default {};
}
