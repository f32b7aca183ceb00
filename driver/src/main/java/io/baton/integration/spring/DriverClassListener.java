package io.baton.integration.spring;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.MutablePropertySources;

/**
 * Adds {@link DriverClassProperties} to the environment of every Spring Boot application.
 *
 * <p>A listener rather than an {@code EnvironmentPostProcessor}, since Spring Boot 4 has moved that
 * interface: this one is the same in Spring Boot 2, 3 and 4.
 *
 * <p>Stateless and thread-safe.
 */
public final class DriverClassListener
    implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {

  /** Creates the listener; Spring Boot does, from {@code META-INF/spring.factories}. */
  public DriverClassListener() {}

  @Override
  public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    MutablePropertySources sources = event.getEnvironment().getPropertySources();
    if (!sources.contains(DriverClassProperties.NAME)) {
      sources.addLast(new DriverClassProperties(event.getEnvironment()));
    }
  }
}
