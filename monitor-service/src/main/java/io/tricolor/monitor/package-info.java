/** The service that watches: machine, health, drains. */
@NullMarked
package io.tricolor.monitor;

import org.jspecify.annotations.NullMarked;
