import { testNetwork } from '@p2pd/netif/testing'
import { VirtualInternet } from './virtual-internet.ts'

testNetwork('virtual Internet', ['IPv4', 'IPv6'], async (family) => {
  const net = new VirtualInternet({ seed: 1 })
  const [alice, bob] = [net.host({ families: [family] }), net.host({ families: [family] })]
  return { alice, bob, settle: (promise) => net.run(promise) }
})
