@NullMarked
package io.baton.testkit;

import org.jspecify.annotations.NullMarked;
