package io.baton.integration.spring;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * Properties that name Baton's classes where a URL of Baton is configured: {@code
 * spring.datasource.driver-class-name} beside {@code spring.datasource.url}, and so on under every
 * other prefix; for an application with a transaction manager, {@code
 * spring.datasource.xa.data-source-class-name} too.
 *
 * <p>Spring Boot derives the driver of a {@code DataSource} from the prefix of the URL, by a list
 * that it has no way to extend. A driver that is named comes first, so this names one, unless the
 * application does. The URL is looked up each time, since tests add it to the environment late
 * ({@code @DynamicPropertySource}).
 *
 * <p>Thread-safe.
 */
final class DriverClassProperties extends PropertySource<String> {

  static final String NAME = "batonDriverClass";
  private static final String URL_PREFIX = "jdbc:baton:";
  private static final String URL_PROPERTY = ".url";

  /** The end of a property's name, and the class of ours that it names. */
  private enum Named {
    DRIVER(".driver-class-name", "io.baton.BatonDriver"),
    XA_DATA_SOURCE(".xa.data-source-class-name", "io.baton.BatonXADataSource");

    private final String property;
    private final String className;

    Named(String property, String className) {
      this.property = property;
      this.className = className;
    }
  }

  // Not the source of this class: Spring Boot would look for the properties of an environment
  // there.
  private final ConfigurableEnvironment environment;

  DriverClassProperties(ConfigurableEnvironment environment) {
    super(NAME, URL_PREFIX);
    this.environment = environment;
  }

  @Override
  public @Nullable Object getProperty(String name) {
    for (Named named : Named.values()) {
      if (name.endsWith(named.property)) {
        String prefix = name.substring(0, name.length() - named.property.length());
        return isOfBaton(prefix + URL_PROPERTY) && !isNamedBelow(name) ? named.className : null;
      }
    }
    return null;
  }

  private boolean isOfBaton(String urlProperty) {
    return environment.getPropertySources().stream()
        .filter(other -> !other.equals(this))
        .flatMap(other -> Optional.ofNullable(other.getProperty(urlProperty)).stream())
        .findFirst()
        .map(url -> environment.resolvePlaceholders(url.toString()))
        .filter(url -> url.startsWith(URL_PREFIX))
        .isPresent();
  }

  /**
   * Whether a source of a lower priority has the property: the application's default properties.
   */
  private boolean isNamedBelow(String name) {
    return environment.getPropertySources().stream()
        .dropWhile(other -> !other.equals(this))
        .skip(1)
        .anyMatch(other -> other.containsProperty(name));
  }
}
