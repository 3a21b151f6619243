/** Groups, strategies, upgrades and history over HTTP. */
@NullMarked
package io.tricolor.strategy.group.web;

import org.jspecify.annotations.NullMarked;
