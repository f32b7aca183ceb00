/**
 * What Spring Boot needs to take a URL of Baton; loaded by Spring Boot alone, and by nobody where
 * it is not on the class path.
 */
@NullMarked
package io.baton.integration.spring;

import org.jspecify.annotations.NullMarked;
